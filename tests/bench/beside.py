"""Two programs beside each other on one capture: CPU and wall time of each, taken in turns, start-up apart."""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
PEER_ROUNDS = 3  # it takes that much longer
OURS = """
import json, sys
from collectors.sources.capture_file import CaptureFile
source = CaptureFile(sys.argv[1])
for batch in source.batches():
    pass
print(json.dumps(source.counters()))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program."""

    cpu: float  # seconds, of the program and its children
    wall: float
    count: int  # what it counted in the capture


@dataclass(frozen=True, slots=True)
class Program:
    """A program, how it is told the capture, and how its count is read from what it prints."""

    name: str
    command: Callable[[Path], Sequence[str]]
    count: Callable[[str], int]

    def run(self, capture: Path) -> Run:
        """Run it once; the count shows that it did the work."""
        before, start = _children(), time.perf_counter()
        done = subprocess.run(self.command(capture), capture_output=True, text=True, check=True)
        return Run(_children() - before, time.perf_counter() - start, self.count(done.stdout))


def sentinel(count: Callable[[dict[str, int]], int]) -> Program:
    """Our decoder, through the Python source."""
    return Program(
        "sentinel", lambda path: (sys.executable, "-c", OURS, str(path)), lambda text: count(json.loads(text))
    )


def tshark(fields: Sequence[str], count: Callable[[str], int]) -> Program | None:
    """The peer, where it is installed."""
    found = shutil.which("tshark")
    if found is None:
        print("tshark           skipped; to compare with it: apt install tshark")
        return None
    shown = [argument for name in fields for argument in ("-e", name)]
    options = ("-n", "-o", "nas-5gs.null_decipher:TRUE", "-T", "fields")
    return Program("tshark", lambda path: (found, "-r", str(path), *options, *shown), count)


def beside(packets: int, capture: Path, one: Path, ours: Program, peer: Program | None) -> dict[str, float]:
    """Measure on `capture`; what both take for `one`, a capture of one packet, is start-up."""
    programs = [ours, *([peer] if peer else [])]
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    for number in range(ROUNDS):
        for program in programs:
            if program is ours or number < PEER_ROUNDS:
                runs[program.name].append(program.run(capture))
    counts = {name: {run.count for run in took} for name, took in runs.items()}
    if len(set.union(*counts.values())) != 1:
        raise SystemExit(f"the programs did not do the same work: {counts}")
    figures: dict[str, float] = {"packets": packets, "count": ours.run(capture).count}
    for program in programs:
        start = statistics.median(program.run(one).cpu for _ in range(3))
        cpu = statistics.median(run.cpu for run in runs[program.name])
        wall = statistics.median(run.wall for run in runs[program.name])
        figures |= {
            f"{program.name}.startup_cpu_seconds": round(start, 3),
            f"{program.name}.cpu_seconds": round(cpu, 3),
            f"{program.name}.wall_seconds": round(wall, 3),
            f"{program.name}.packets_per_cpu_second": round(packets / max(cpu - start, 1e-3)),
        }
        rate = figures[f"{program.name}.packets_per_cpu_second"]
        print(
            f"{program.name:<16} {rate:>12,.0f} packets/s of CPU   ({cpu:.2f} s CPU, {wall:.2f} s wall, start-up {start:.2f} s)"
        )
    if peer:
        names = (f"{program.name}.packets_per_cpu_second" for program in programs)
        mine, theirs = (figures[name] for name in names)
        figures["ratio"] = round(mine / theirs, 1)
        print(f"ratio            {figures['ratio']:>12,.1f}")
    return figures


def machine() -> dict[str, str | int]:
    """What the figures were taken on."""
    cpu = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return {"cpu": cpu, "cores": os.cpu_count() or 0, "python": sys.version.split()[0], "time": int(time.time())}


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
