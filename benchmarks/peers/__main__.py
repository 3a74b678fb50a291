"""One peer over one DuckDB file: reads `values` or `run` a line, answers with a line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.peers.asked import facts_of


def main() -> None:
    """Answer until there are no more lines."""
    name, path = sys.argv[1:]
    run = import_module(f"benchmarks.peers.with_{name}").opened(Path(path))
    for line in sys.stdin:
        if line.strip() == "values":
            print(json.dumps(facts_of(run())), flush=True)
            continue
        began, cpu = time.perf_counter(), time.process_time()
        run()
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - began}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**spent, "megabytes": peak}), flush=True)


if __name__ == "__main__":
    main()
