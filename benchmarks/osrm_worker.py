"""Answer one table with OSRM, in an interpreter that has ``osrm-bindings`` (Python 3.12).

Arguments: the prepared graph, the algorithm (MLD or CH), a JSON file with the coordinates of
sources and targets, and a file for the durations, eight-byte floats row by row.
"""

import json
import resource
import sys
import time
from array import array
from pathlib import Path

import osrm

KIB_PER_MIB = 1024
FEW = 4


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    graph, algorithm, ends, out = sys.argv[1:]
    asked = json.loads(Path(ends).read_text(encoding="ascii"))
    sources, targets = asked["sources"], asked["targets"]
    before_mib = resident_mib()
    began_s = time.process_time()
    engine = osrm.OSRM(
        algorithm=algorithm,
        storage_config=graph,
        use_shared_memory=False,
        max_locations_distance_table=len(sources) + len(targets),
    )
    load_s = time.process_time() - began_s
    question = osrm.TableParameters(
        coordinates=[tuple(spot) for spot in sources + targets],
        sources=list(range(len(sources))),
        destinations=list(range(len(sources), len(sources) + len(targets))),
        annotations=["duration"],
        generate_hints=False,
    )
    # A few sources, so that no large answer is in the memory measured.
    few = sources[:FEW]
    engine.Table(
        osrm.TableParameters(
            coordinates=[tuple(spot) for spot in few + targets],
            sources=list(range(len(few))),
            destinations=list(range(len(few), len(few) + len(targets))),
            annotations=["duration"],
            generate_hints=False,
        )
    )
    loaded_mib = resident_mib() - before_mib
    runs = []
    for _ in range(int(asked["repeats"])):
        began_s = time.process_time()
        answer = engine.Table(question)
        runs.append(time.process_time() - began_s)
    # The kernel's own mark: getrusage would also count the parent before the start.
    marks = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak_mib = int(marks["VmHWM"].split()[0]) / KIB_PER_MIB - before_mib
    values = array("d")
    for row in answer["durations"]:
        values.extend(-1.0 if value is None else float(value) for value in row)
    Path(out).write_bytes(values.tobytes())
    print(
        json.dumps(
            {"load_s": load_s, "table_s": min(runs), "mib": loaded_mib, "peak_mib": peak_mib}
        )
    )


if __name__ == "__main__":
    main()
