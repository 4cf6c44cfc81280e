"""Programs beside each other on one capture: CPU and wall time of each, taken in turns, start-up apart."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
OURS = """
import collections, gc, json, operator, sys
from collectors.sources.capture_file import CaptureFile
gc.freeze(), gc.set_threshold(20_000, 10, 10)  # as `sentinel.model.garbage.settle` does
source = CaptureFile(sys.argv[1])
kinds, swept, most, kind = collections.Counter(), 0, 0, operator.attrgetter("kind")
for batch in source.batches():
    sweeps = kinds["gtpu.teid_sweep"]
    kinds.update(map(kind, batch))
    if kinds["gtpu.teid_sweep"] > sweeps:
        swept += sum(event.fields["fiveg.monitor.count"] for event in batch if event.kind == "gtpu.teid_sweep")
    most = max(most, kinds["flow.started"] - kinds["flow.ended"])
status = dict(line.split(":") for line in open("/proc/self/status")) if sys.platform == "linux" else {}
peak = int(status.get("VmHWM", "0").split()[0]) // 1024
told = {"events": kinds.total(), "flows": most, "tunnels": kinds["gtpu.tunnel_started"] + swept, "peak_mb": peak}
print(json.dumps(source.counters() | {f"python.{name}": count for name, count in told.items()}))
"""

COLUMNS = """
import collections, json, sys
from collectors.columns import Columns
source, kinds, there = Columns(sys.argv[1]), collections.Counter(), 0
for batch in source:
    kinds.update(batch["event.action"].counts())
    there += sum(map(len, (batch[name].values for name in sys.argv[2:])))
print(json.dumps(source.counters() | {"python.events": kinds.total()}))
"""

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program."""

    cpu: float  # seconds, of the program and its children
    wall: float
    counts: Counts  # what it counted in the capture


@dataclass(frozen=True, slots=True)
class Program:
    """A program, how it is told the capture and an empty folder, and how its counts are read from what it prints."""

    name: str
    command: Callable[[Path, Path], Sequence[str]]
    counts: Callable[[str], Counts]
    remark: str = ""  # where it does less than we do

    def run(self, capture: Path) -> Run:
        """Run it once; the counts show that it did the work."""
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as printed:
            start = time.perf_counter()
            command = self.command(capture, Path(folder))
            with subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - start
            if process.returncode:
                raise SystemExit(f"{self.name} failed on `{capture}` with status {process.returncode}")
            printed.seek(0)
            counts = self.counts(printed.read().decode(errors="replace"))
        return Run(usage.ru_utime + usage.ru_stime, wall, counts)


def sentinel(counts: Callable[[dict[str, int]], Counts]) -> Program:
    """Our decoder, through the Python source; the kind of every event is read in Python."""
    return Program(
        "sentinel", lambda path, _: (sys.executable, "-c", OURS, str(path)), lambda text: counts(json.loads(text))
    )


def columns(counts: Callable[[dict[str, int]], Counts], names: Sequence[str]) -> Program:
    """Our decoder, into columns; the kinds are counted, and the named columns are there to be read."""
    command = (sys.executable, "-c", COLUMNS)
    return Program("columns", lambda path, _: (*command, str(path), *names), lambda text: counts(json.loads(text)))


def _installed(name: str, how: str) -> str | None:
    found = shutil.which(name)
    if found is None:
        print(f"{name:<16} skipped; to compare with it: {how}")
    return found


def tshark(fields: Sequence[str], count: Callable[[str], int]) -> Program | None:
    """Wireshark's dissectors, printing fields."""
    found = _installed("tshark", "apt install tshark")
    if found is None:
        return None
    shown = [argument for name in fields for argument in ("-e", name)]
    options = ("-n", "-o", "nas-5gs.null_decipher:TRUE", "-T", "fields")
    return Program(
        "tshark",
        lambda path, _: (found, "-r", str(path), *options, *shown),
        lambda text: {"packets": sum(map(count, text.splitlines()))},
    )


def ndpi() -> Program | None:
    """nDPI's own reader, with its GTP decapsulation: flows and their protocols."""
    found = _installed("ndpiReader", "apt install libndpi-bin")

    def counts(text: str) -> Counts:
        packets = re.search(r"IP packets:\s+(\d+)", text)
        flows = re.search(r"Unique flows:\s+(\d+)", text)
        if packets is None or flows is None:
            raise SystemExit("ndpiReader does not say what it counted")
        return {"packets": int(packets[1]), "flows": int(flows[1])}

    return Program("ndpiReader", lambda path, _: (found, "-t", "-i", str(path)), counts) if found else None


def suricata() -> Program | None:
    """Suricata without rules; version 7 does not open GTP-U, and keeps a flow for each pair of gNB and UPF."""
    found = _installed("suricata", "apt install suricata; on Debian 12 it is in bookworm-backports")
    stats = "grep -F decoder.pkts"

    def command(path: Path, folder: Path) -> Sequence[str]:
        run = f'"{found}" -r "{path}" -l "{folder}" -S /dev/null -k none --runmode single >/dev/null 2>&1'
        return ("sh", "-c", f'{run} && {stats} "{folder}/stats.log" | tail -1')

    def counts(text: str) -> Counts:
        return {"packets": int(text.split("|")[2])}

    return Program("suricata", command, counts, "; it reads the outer headers alone") if found else None


def snort() -> Program | None:
    """Snort 3 with its GTP decapsulation and no rules."""
    found = _installed("snort", "build Snort 3 (https://www.snort.org); Debian 12 does not package it")

    def counts(text: str) -> Counts:
        analyzed = re.search(r"analyzed:\s+(\d+)", text)
        if analyzed is None:
            raise SystemExit("snort does not say what it counted")
        return {"packets": int(analyzed[1])}

    return Program("snort", lambda path, _: (found, "-r", str(path), "-k", "none", "-q"), counts) if found else None


def beside(packets: int, capture: Path, one: Path, ours: Program, peers: Sequence[Program | None]) -> dict[str, float]:
    """Measure on `capture`; what a program takes for `one`, a capture of one packet, is start-up."""
    programs = [ours, *filter(None, peers)]
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    for _ in range(ROUNDS):
        for program in programs:
            runs[program.name].append(program.run(capture))
    same_work(runs)
    figures: dict[str, float] = {"packets": packets, **runs[ours.name][0].counts}
    for program in programs:
        start = statistics.median(program.run(one).cpu for _ in range(3))
        cpu = statistics.median(run.cpu for run in runs[program.name])
        wall = statistics.median(run.wall for run in runs[program.name])
        rate = packets / max(cpu - start, 1e-3)
        ratio = figures.get("sentinel.packets_per_cpu_second", rate) / rate
        figures |= {
            f"{program.name}.startup_cpu_seconds": round(start, 3),
            f"{program.name}.cpu_seconds": round(cpu, 3),
            f"{program.name}.wall_seconds": round(wall, 3),
            f"{program.name}.packets_per_cpu_second": round(rate),
            f"{program.name}.ratio": round(ratio, 1),
        }
        told = f"({cpu:.2f} s CPU, {wall:.2f} s wall, start-up {start:.2f} s)"
        beaten = "" if program is ours else f"{_compared(ratio)}{program.remark}"
        print(f"{program.name:<16} {rate:>12,.0f} packets/s of CPU   {told}{beaten}")
    return figures


def _compared(ratio: float) -> str:
    if ratio >= 1:
        return f"   sentinel is {ratio:,.1f} times as fast"
    return f"   {1 / ratio:,.1f} times as fast as sentinel"


def same_work(runs: Mapping[str, Sequence[Run]]) -> None:
    """Refuse to compare programs that did not count the same in what they both count, or not each time."""
    for what in {what for each in runs.values() for run in each for what in run.counts}:
        counted = {name: {run.counts[what] for run in each if what in run.counts} for name, each in runs.items()}
        if len(set.union(*counted.values())) != 1:
            raise SystemExit(f"the programs did not do the same work: {what} {counted}")


def machine() -> dict[str, str | int]:
    """What the figures were taken on."""
    cpu = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return {"cpu": cpu, "cores": os.cpu_count() or 0, "python": sys.version.split()[0], "time": int(time.time())}


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
