from dataclasses import replace

import numpy as np

from geodata.access import _km_from
from tests.geodata.five_junctions import five_junctions


def test_of_roads_side_by_side_the_shortest_counts_for_long_hauls() -> None:
    layout = five_junctions().layout
    # A second road from 2 back to 1, of 7 km, and one of less than a hectometre from 3 to 4.
    double = replace(
        layout,
        tails=np.append(layout.tails, [1, 2]),
        heads=np.append(layout.heads, [0, 3]),
        length_hm=np.append(layout.length_hm, [70, 0]),
        one_way=np.append(layout.one_way, [False, False]),
    )
    # From 1: 2 at 7 km, 5 at 12, 4 by way of 5 at 16, and 3 with it, against 17 by 2-3.
    assert _km_from(double, 0).tolist() == [0.0, 7.0, 16.0, 16.0, 12.0]
    assert _km_from(layout, 0).tolist() == [0.0, 10.0, 20.0, 19.0, 15.0]
