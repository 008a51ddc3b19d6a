"""Answer the questions of `benchmarks.matrices` with pandana, in an interpreter that has it."""

import json
import resource
import sys
import time

import numpy as np
import pandana
import pandas as pd


def network(graph: dict[str, np.ndarray], closed: np.ndarray) -> pandana.Network:
    kept = np.setdiff1d(np.arange(len(graph["tails"])), closed)
    return pandana.Network(
        pd.Series(graph["lon_deg"]),
        pd.Series(graph["lat_deg"]),
        pd.Series(graph["tails"][kept]),
        pd.Series(graph["heads"][kept]),
        pd.DataFrame({"seconds": graph["seconds"][kept].astype(float)}),
        twoway=True,
    )


def main() -> None:
    graph = dict(np.load(sys.argv[1]))
    origins = np.repeat(graph["origins"], len(graph["destinations"]))
    destinations = np.tile(graph["destinations"], len(graph["origins"]))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = {}
    start_s = time.process_time()
    roads = network(graph, np.empty(0, dtype=int))
    answer["build_s"] = time.process_time() - start_s
    start_s = time.process_time()
    roads.shortest_path_lengths(origins, destinations)
    answer["table_s"] = time.process_time() - start_s
    answer["mib"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    start_s = time.process_time()
    network(graph, graph["shut"]).shortest_path_lengths(origins, destinations)
    answer["closed_s"] = time.process_time() - start_s
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
