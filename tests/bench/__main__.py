"""All benchmarks, one after the other.

    python -m tests.bench [FILE]

Prints tables, and writes the figures as JSON to FILE where one is named.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import (
    bench_access,
    bench_crypto,
    bench_door,
    bench_enforcement,
    bench_evidence,
    bench_forecast,
    bench_live,
    bench_n2,
    bench_n3,
    bench_n4,
    bench_pipeline,
    bench_rules,
    bench_state,
    bench_whatif,
)
from tests.bench.beside import machine


def main(arguments: Sequence[str]) -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    options = parser.parse_args(arguments)
    figures: dict[str, object] = {"machine": machine()}
    for name, run in (
        ("n3", bench_n3.run),
        ("n2", bench_n2.run),
        ("n4", bench_n4.run),
        ("evidence", bench_evidence.run),
        ("rules", bench_rules.run),
        ("state", bench_state.run),
        ("access", bench_access.run),
        ("door", bench_door.run),
        ("whatif", bench_whatif.run),
        ("enforcement", _enforcement),
        ("crypto", bench_crypto.run),
        ("forecast", bench_forecast.run),
        ("pipeline", bench_pipeline.run),
        ("live", _live),
    ):
        figures[name] = run()
        print(flush=True)
    if options.file:
        options.file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _live() -> object:
    """Not everybody may send packets: who may not is told so, and the rest is measured."""
    missing = bench_live.lacking()
    if missing:
        print(f"live: skipped: {missing}")
        return {"skipped": missing}
    return bench_live.run()


def _enforcement() -> object:
    """Needs programs that not everybody has."""
    missing = bench_enforcement.lacking()
    if missing:
        print(f"enforcement: skipped: {missing}")
        return {"skipped": missing}
    return bench_enforcement.run()


if __name__ == "__main__":
    main(sys.argv[1:])
