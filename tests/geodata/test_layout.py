import shapely

from geodata.layout import (
    layout_digest,
    main_junctions,
    stretch_ends,
    stretch_rows,
    stretches_touching,
)
from geodata.roads import load_roads
from tests.geodata.five_junctions import five_junctions


def test_stretches_are_found_by_their_junctions_either_way_round() -> None:
    layout = five_junctions().layout
    rows, unknown = stretch_rows(layout, [(5, 4), (1, 2)])
    assert rows.tolist() == [4, 0]
    assert unknown == ()
    assert stretch_ends(layout, rows) == ((1, 2), (4, 5))


def test_stretches_touching_agrees_with_looking_at_each() -> None:
    layout = five_junctions().layout
    area = shapely.box(114.05, 29.5, 114.15, 30.2)
    spots = list(zip(layout.lon_deg, layout.lat_deg, strict=True))
    expected = [
        row
        for row, (tail, head) in enumerate(zip(layout.tails, layout.heads, strict=True))
        if area.intersects(shapely.LineString([spots[tail], spots[head]]))
    ]
    assert stretches_touching(layout, area).tolist() == expected == [0, 1, 3]


def test_the_main_junctions_are_those_of_the_largest_part() -> None:
    assert main_junctions(five_junctions().layout).tolist() == [0, 1, 2, 3, 4]
    assert len(main_junctions(load_roads().layout)) == 57_441


def test_the_digest_is_of_the_content() -> None:
    assert layout_digest(five_junctions().layout) == layout_digest(five_junctions().layout)
    assert layout_digest(five_junctions().layout) != layout_digest(load_roads().layout)


def test_the_arrays_of_a_layout_cannot_be_changed() -> None:
    layout = five_junctions().layout
    arrays = [getattr(layout, name) for name in layout.__slots__ if name != "details"]
    assert len(arrays) == 9
    assert not any(array.flags.writeable for array in arrays)
