"""Loading sheets and axle loads on the waybills: truck A1 with 50 tents in a box of 10 m."""

from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

from openpyxl import load_workbook

from api.documents.loading_sheets import loading_sheets
from api.documents.waybills import AXLES, FORMS, LOADS, workbook
from api.plan_result import PlanResult
from relief.plan.stowing import loading_lists
from relief.supply.fleet import TruckBody
from tests.api.plans import hand_made_plan
from tests.relief.plan.test_loading import BODY


def stowed(body: TruckBody = BODY, name: str = "") -> PlanResult:
    """Return the hand-made plan with loading lists."""
    made = hand_made_plan()
    situation = replace(
        made.situation,
        vehicle_classes=tuple(replace(kind, body=body) for kind in made.situation.vehicle_classes),
    )
    if name:
        items = tuple(replace(item, name_zh=name) for item in situation.catalogue.items)
        situation = replace(situation, catalogue=replace(situation.catalogue, items=items))
    lists = loading_lists(situation, made.plan.vehicle_routes)
    return replace(made, situation=situation, plan=replace(made.plan, loading_lists=lists))


class Reader(HTMLParser):
    """Collects tags and texts, and minds that all tags are closed in order."""

    void = frozenset({"meta", "br"})

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as in the base
        self.tags.append(tag)
        if tag not in self.void and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not (self.get_starttag_text() or "").endswith("/>") or self.open[-1] == tag:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_each_trip_has_its_sheet() -> None:
    page = Reader(loading_sheets(stowed()))
    assert page.open == []
    assert page.tags.count("section") == page.tags.count("svg") == 3
    # 50 tents of 10 kg in the middle of the box: 1,000 + 250 kg on each axle of at most 2,000 kg.
    assert "1,250 / 2,000 kg" in page.texts
    assert "0.00-10.00" in page.texts
    assert not any("超轴荷" in text for text in page.texts)


def test_what_bears_too_much_is_named_first() -> None:
    page = Reader(loading_sheets(stowed(replace(BODY, most_total_g=2_400_000))))
    assert any("1 需改装" in text for text in page.texts)
    assert any("超轴荷 100 kg" in text for text in page.texts)


def test_names_are_texts() -> None:
    page = loading_sheets(stowed(name="<script>alert(1)</script>"))
    assert b"<script" not in page
    assert "&lt;script&gt;" in page.decode()


def test_a_plan_without_lists_has_an_empty_page() -> None:
    page = Reader(loading_sheets(hand_made_plan()))
    assert page.open == []
    assert "section" not in page.tags


def test_the_workbook_tells_places_and_axles() -> None:
    book = load_workbook(BytesIO(workbook(stowed(replace(BODY, most_total_g=2_400_000)))))
    loads = [list(row) for row in book[LOADS].iter_rows(min_row=2, values_only=True)]
    first = dict(zip(loads[0], loads[1], strict=True))
    assert (first["whole_packs"], first["loose_pieces"], first["compartment"]) == (50, 0, 1)
    assert (first["from_m"], first["to_m"]) == (0, 10)
    axles = [list(row) for row in book[AXLES].iter_rows(min_row=2, values_only=True)]
    rows = [dict(zip(axles[0], row, strict=True)) for row in axles[1:]]
    assert [(row["front_kg"], row["most_front_kg"], row["over_kg"]) for row in rows] == [
        (1_250, 2_000, 100),
        (1_050, 2_000, 0),
        (1_150, 2_000, 0),
    ]
    written = [str(cell) for row in book[FORMS].iter_rows(values_only=True) for cell in row if cell]
    assert any("前 front 1,250 / 2,000 kg" in text for text in written)
    assert sum("超轴荷" in text for text in written) == 1
