"""One network serves the threads of the service, one after the other."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from geodata.closures import parse_closure
from geodata.gazetteer import load_gazetteer
from geodata.roads import load_roads
from geodata.travel import RoadTravel
from relief.plan.travel import Location


def test_another_thread_may_close_roads_that_this_one_has_timed() -> None:
    gazetteer, roads = load_gazetteer(), load_roads()
    places = [gazetteer.place(code) for code in ("422801", "422802")]
    locations = [
        Location(code=p.code, name_zh=p.name_zh, name_en=p.name_en, point=p.point) for p in places
    ]
    as_it_is = RoadTravel(roads).travel_times(locations).duration_h
    cut = roads.closed([parse_closure("利川市-恩施市", gazetteer, roads)])

    def timed() -> np.ndarray:
        return RoadTravel(cut).travel_times(locations).duration_h

    here = timed()
    # Back to the open roads, so that the other thread has to change the weights once more.
    assert (RoadTravel(roads).travel_times(locations).duration_h == as_it_is).all()
    with ThreadPoolExecutor(max_workers=1) as aside:
        there = aside.submit(timed).result()
    assert (there == here).all()
    assert (here[:, 0, 1] > as_it_is[:, 0, 1]).all()
