"""The GeoJSON tells what the plan does, lon before lat."""

import json
from dataclasses import replace

from api.documents.geojson import plan_geojson
from api.documents.records import Plain
from api.plan_result import ClosedStretch, PlanResult
from relief.places import Point
from relief.plan.travel import Closure, ClosureKind
from tests.api.plans import hand_made_plan


def features(result: PlanResult, kind: str) -> list[Plain]:
    collection = json.loads(json.dumps(plan_geojson(result), allow_nan=False))
    assert collection["type"] == "FeatureCollection"
    return [one for one in collection["features"] if one["properties"]["kind"] == kind]


def test_depots_stand_where_they_stand_and_tell_what_they_send() -> None:
    near, far = features(hand_made_plan(), "depot")
    assert near["geometry"] == {"type": "Point", "coordinates": [114.2, 30.6]}
    # 50 + 10 tents of 10 kg in two loadings; 30 tents in one.
    assert (near["properties"]["sent_kg"], near["properties"]["num_loadings"]) == (600.0, 2)
    assert (far["properties"]["sent_kg"], far["properties"]["tier"]) == (300.0, "province")
    assert (near["properties"]["name_zh"], near["properties"]["name_en"]) == (
        "库420001-01", "Depot 420001-01",
    )  # fmt: skip


def test_places_tell_their_coverage_and_why_they_lack() -> None:
    one, two, three = features(hand_made_plan(), "place")
    shares = [place["properties"]["served_share"] for place in (one, two, three)]
    assert shares == [1.0, 1.0, 0.0]
    assert three["properties"]["needs"] == [
        {
            "item_code": "tent", "item_zh": "tent", "item_en": "tent",
            "due_at": "2026-07-01T12:00:00+00:00", "needed_pieces": 10, "arriving_pieces": 0,
            "late_pieces": 0, "reason": "no-road",
        }
    ]  # fmt: skip


def test_trips_follow_their_roads() -> None:
    trips = features(hand_made_plan(), "trip")
    assert [trip["properties"]["mass_kg"] for trip in trips] == [500.0, 100.0, 300.0]
    # 500 kg on a truck of 1 t; 50 tents of 50 dm3 in 10 m3.
    assert trips[0]["properties"]["payload_share"] == 0.5
    assert trips[0]["properties"]["volume_share"] == 0.25
    # From the depot over the hand-made bend to the place; loading drives nowhere.
    assert trips[0]["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[114.2, 30.6], [114.25, 30.7], [114.3, 30.6]]],
    }
    assert [stop["kind"] for stop in trips[0]["properties"]["stops"]] == ["load", "deliver"]


def test_closures_are_areas_or_stretches() -> None:
    made = hand_made_plan()
    corner = [Point(lon_deg=lon, lat_deg=lat) for lon, lat in ((114.0, 30.0), (115.0, 30.0))]
    top = Point(lon_deg=114.5, lat_deg=31.0)
    area = Closure(
        name="flood", kind=ClosureKind.POLYGON, reason="water", edges=((1, 2),),
        polygon=(*corner, top),
    )  # fmt: skip
    bridge = Closure(name="bridge", kind=ClosureKind.EDGE, reason="gone", edges=((3, 4),))
    travel = replace(made.situation.travel, closures=(area, bridge))
    stretch = ClosedStretch(closure="bridge", begin=corner[0], end=top)
    result = replace(made, situation=replace(made.situation, travel=travel), closed=(stretch,))
    flood, gone = features(result, "closure")
    assert flood["geometry"] == {
        "type": "Polygon",
        "coordinates": [[[114.0, 30.0], [115.0, 30.0], [114.5, 31.0], [114.0, 30.0]]],
    }
    assert gone["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[114.0, 30.0], [114.5, 31.0]]],
    }
