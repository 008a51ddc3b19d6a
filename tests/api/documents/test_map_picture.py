"""The map is a picture of the plan, not an empty sheet."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from api.documents import map_fonts, map_layers
from api.documents.map_layers import COVERAGE_STEPS, TIER_MARKS, TRIP, coverage_colour, flows_t
from api.documents.map_picture import DOTS_PER_IN, HEIGHT_IN, WIDTH_IN, map_picture
from api.language import language
from api.plan_result import PlanResult
from geodata.osm import import_extract
from geodata.roads import RoadNetwork, build_network
from relief.places import Tier
from tests.api.plans import hand_made_plan
from tests.geodata.osm_files import TOWN, write_osm


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(map_fonts, "findSystemFonts", list)
    map_fonts.chinese_family.cache_clear()
    yield
    map_fonts.chinese_family.cache_clear()


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(matplotlib.image.imread(BytesIO(picture), format="png"))[:, :, :3]


def count(image: np.ndarray, colour: str) -> int:
    return int((np.abs(image - np.array(to_rgb(colour))).max(axis=2) < 0.01).sum())


def test_a_real_plan_is_drawn_with_its_roads_trips_and_places(liulin: PlanResult) -> None:
    image = pixels(map_picture(liulin, language("en")))
    assert image.shape == (HEIGHT_IN * DOTS_PER_IN, WIDTH_IN * DOTS_PER_IN, 3)
    for colour in (
        map_layers.LAND, map_layers.ROAD, map_layers.CLOSED, TRIP, TIER_MARKS[Tier.COUNTY][2],
    ):  # fmt: skip
        assert count(image, colour) > 100, colour


@pytest.fixture
def town(tmp_path: Path) -> RoadNetwork:
    """Return the six stretches of an imported town by 114 E, 30 N."""
    imported = import_extract(write_osm(tmp_path, TOWN))
    return build_network(name="town.osm (© OpenStreetMap contributors)", layout=imported.layout)


def test_the_roads_of_the_plan_are_drawn_with_their_bends(town: RoadNetwork) -> None:
    axes = Figure().add_subplot()
    map_layers.draw_roads(axes, town, (113.9, 29.9, 114.1, 30.1), width=1.0)
    (drawn,) = axes.collections
    assert isinstance(drawn, LineCollection)
    lines = {tuple(map(tuple, line.tolist())) for line in drawn.get_segments()}
    assert len(lines) == 6
    # The way 1-2-3 is cut at 2; 4-7-6 and 6-1 are one stretch with two bends.
    assert ((114.02, 30.01), (114.0, 30.02), (114.0, 30.01), (114.0, 30.0)) in lines


def test_only_great_roads_are_drawn_where_all_would_be_too_many(
    town: RoadNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_layers, "MOST_STRETCHES", 4)
    axes = Figure().add_subplot()
    map_layers.draw_roads(axes, town, (113.9, 29.9, 114.1, 30.1), width=1.0)
    (drawn,) = axes.collections
    assert isinstance(drawn, LineCollection)
    # Four stretches are primary; the tertiary and the residential one are left out.
    assert len(drawn.get_segments()) == 4


def test_a_plan_on_imported_roads_shows_those_only(liulin: PlanResult, town: RoadNetwork) -> None:
    shipped = pixels(map_picture(liulin, language("en")))
    imported = pixels(map_picture(replace(liulin, roads=town), language("en")))
    assert count(imported, map_layers.ROAD) < 0.2 * count(shipped, map_layers.ROAD)


def test_without_a_chinese_font_the_map_speaks_pinyin(
    liulin: PlanResult, no_chinese_font: None
) -> None:
    del no_chinese_font
    # A character that the font lacks is a warning, and warnings are errors here.
    picture = map_picture(liulin, language("zh"))
    assert np.array_equal(pixels(picture), pixels(map_picture(liulin, language("en"))))


def test_an_unserved_place_is_red_and_crossed(liulin: PlanResult) -> None:
    nobody = replace(liulin, plan=replace(liulin.plan, vehicle_routes=()), paths=())
    axes = Figure().add_subplot()
    map_layers.draw_places(axes, list(map_layers.places_served(nobody)))
    disc, cross = axes.collections
    assert isinstance(disc, PathCollection)
    assert isinstance(cross, PathCollection)
    assert colour_of(disc) == COVERAGE_STEPS[0][1].lower()
    # Two strokes of two points each.
    assert len(cross.get_paths()[0]) == 4
    served = Figure().add_subplot()
    map_layers.draw_places(served, list(map_layers.places_served(liulin)))
    (disc,) = served.collections
    assert isinstance(disc, PathCollection)
    assert colour_of(disc) == COVERAGE_STEPS[-1][1].lower()


def colour_of(collection: PathCollection) -> str:
    red, green, blue, _ = np.asarray(collection.get_facecolor(), dtype=np.float64)[0]
    return to_hex((red, green, blue))


def test_flows_carry_what_is_on_board() -> None:
    made = hand_made_plan()
    flows = flows_t(made)
    # All places of the hand-made case lie on one spot, so all trips share two stretches:
    # 0.5 t and 0.1 t from A, 0.3 t from B; nothing on the way home.
    assert flows == {
        ((114.2, 30.6), (114.25, 30.7)): pytest.approx(0.9),
        ((114.25, 30.7), (114.3, 30.6)): pytest.approx(0.9),
    }


@pytest.mark.parametrize(
    ("share", "colour"),
    [(0.0, 0), (0.001, 1), (0.5, 1), (0.51, 2), (0.9, 2), (0.95, 3), (0.9999, 3), (1.0, 4)],
)
def test_coverage_has_its_colour(share: float, colour: int) -> None:
    assert coverage_colour(share) == COVERAGE_STEPS[colour][1]


@pytest.mark.parametrize(
    ("file", "rank"),
    [
        ("NotoSansCJK-Regular.ttc", 0), ("NotoSansCJKsc-Regular.otf", 0), ("wqy-zenhei.ttc", 6),
        ("simhei.ttf", 8), ("DejaVuSans.ttf", None), ("NotoSansCJK-Bold.ttc", None),
        ("NotoSans-Regular.ttf", None),
    ],
)  # fmt: skip
def test_chinese_fonts_are_known_by_their_files(file: str, rank: int | None) -> None:
    assert map_fonts._rank(str(Path("/usr/share/fonts") / file)) == rank
