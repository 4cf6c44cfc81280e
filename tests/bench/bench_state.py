"""What State costs: speed beside the same events without it, memory of a large site, snapshots.

    python -m tests.bench.bench_state [--terminals N] [--flows N] [--large N]

The first table is CPU time of one core: matching alone, annotation alone, both together, the ratio of both to
matching alone in the same run, and all with baselines between them; with the plant's mix of signalling, flows and industrial polls. The second runs in a
process of its own: so many terminals with two sessions each, their identity intervals on disk, a snapshot written and
read again, and the most memory it had resident.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sentinel.config import shipped
from sentinel.detection import Detection
from sentinel.forecast import Forecast
from sentinel.model.event import Event
from sentinel.model.garbage import settle
from sentinel.pipeline import load_rules
from sentinel.site import SitePlan
from sentinel.state import State, snapshot
from sentinel.state.child import Child
from sentinel.state.history import History
from tests.bench.state_traffic import GNBS, SMF, UPF_N3, UPF_N4, Plant, mixed

SITE = SitePlan.model_validate(
    {
        "site": "bench", "plmns": ["99970"], "ue_pools": ["10.64.0.0/10"], "core_networks": ["10.11.2.0/23"],
        "network_functions": [{"type": "smf", "name": "smf", "n4": [SMF]},
                              {"type": "upf", "name": "upf", "n3": [UPF_N3], "n4": [UPF_N4]}],
        "gnbs": [{"id": n, "n2": [f"10.12.{n}.1"], "n3": [f"10.13.{n}.1"]} for n in range(GNBS)],
    }
)  # fmt: skip
_LOOK = 1.0  # seconds between two looks at what the child has


def rate(run: Callable[[], object], number: int) -> float:
    """Events a second of CPU time, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return number / best


def speed(terminals: int, flows: int) -> dict[str, float]:
    """Matching with and without State before it."""
    events = list(mixed(terminals, flows))
    rules = load_rules(shipped("rules"))

    def annotated() -> list[Event]:
        state = State(SITE)
        return [each for event in events for each in state.take(event)]

    def counted() -> list[Event]:
        state, forecast = State(SITE), Forecast(SITE)
        return [each for event in events for seen in state.take(event) for each in forecast.take(seen)]

    def match(found: Sequence[Event]) -> None:
        detection = Detection(rules)
        for at in range(0, len(found), 1000):
            detection.observe(found[at : at + 1000])

    state = State(SITE)
    for event in events:
        state.take(event)
    matching = rate(lambda: match(events), len(events))
    alone = rate(annotated, len(events))
    both = rate(lambda: match(annotated()), len(events))
    all_three = rate(lambda: match(counted()), len(events))
    return {
        "events": len(events), "rules": len(rules.rules), "resolved": round(state.resolved / max(state.events, 1), 4),
        "matching.events_per_second": round(matching), "state.events_per_second": round(alone),
        "both.events_per_second": round(both), "ratio": round(both / matching, 3),
        "with_forecast.events_per_second": round(all_three), "forecast.ratio": round(all_three / both, 3),
    }  # fmt: skip


def large(terminals: int) -> dict[str, float]:
    """A large site in this process, which looks for garbage as a worker does: memory, snapshot, history."""
    settle()
    with tempfile.TemporaryDirectory() as folder:
        history, path = History(Path(folder) / "identity.db"), Path(folder) / "state"
        state, plant = State(SITE, history), Plant(step=30 * 24 * 3600 * 10**9 // (terminals * 30))
        start, events, now = time.process_time(), 0, 0
        for event in plant.gnbs():
            state.take(event)
        for terminal in range(terminals):
            for event in plant.registration(terminal, sessions=2):
                state.take(event)
                events, now = events + 1, event.time
            if history.full:
                history.flush(now)
        taken = time.process_time() - start
        history.flush(now)
        figures: dict[str, float] = {
            "terminals": state.sizes()["terminals.known"][0], "sessions": state.sizes()["sessions.seids"][0] // 2,
            "evicted": state.evicted, "intervals": history.count(), "events_per_second": round(events / taken),
            "history_mib": round(sum(each.stat().st_size for each in Path(folder).glob("identity.db*")) / 2**20),
            "resident_mib": _resident(),
        }  # fmt: skip
        figures |= aside(state, plant, path, min(terminals, 20_000))
        begun = time.process_time()
        octets = snapshot.save(path, {"state": state.state()})
        saved = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        del state
        begun = time.process_time()
        again = State(SITE)
        again.restore((snapshot.load(path) or {})["state"])
        loaded = time.process_time() - begun
        return figures | {
            "peak_mib": peak, "snapshot_mib": round(octets / 2**20), "save_seconds": round(saved, 2),
            "load_seconds": round(loaded, 2),
        }  # fmt: skip


def aside(state: State, plant: Plant, path: Path, terminals: int) -> dict[str, float]:
    """What the worker spends on a snapshot that a child writes: CPU time of its birth, and of the slowest terminal since."""
    begun, started = time.perf_counter(), time.process_time()
    child = Child(path, {"state": state.state()})
    born = time.process_time() - started
    longest, terminal, both, looked = 0.0, 0, 0, 0.0
    while child.done() is None:
        if time.perf_counter() - looked > _LOOK:
            both, looked = max(both, _resident() + _unshared(child.pid)), time.perf_counter()
        started = time.process_time()
        for event in plant.registration(terminal % terminals, sessions=2):
            state.take(event)
        longest, terminal = max(longest, time.process_time() - started), terminal + 1
    return {
        "child_born_ms": round(born * 1000, 1), "child_longest_pause_ms": round(longest * 1000, 1),
        "child_seconds": round(time.perf_counter() - begun, 1), "child_terminals_meanwhile": terminal,
        "with_child_mib": both,
    }  # fmt: skip


def _resident() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def _unshared(pid: int) -> int:
    """MiB of a process that it has for itself alone."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) // 1024
    return 0


def run(terminals: int = 300, flows: int = 60, many: int = 100_000) -> dict[str, object]:
    """Measure, print and give the figures."""
    quick = speed(terminals, flows)
    for name, value in quick.items():
        print(f"{name:28} {value:>12,}")
    child = [sys.executable, "-m", "tests.bench.bench_state", "--child", "--large", str(many)]
    printed = subprocess.run(child, check=True, capture_output=True, text=True).stdout
    big: dict[str, float] = json.loads(printed)
    for name, value in big.items():
        print(f"large.{name:22} {value:>12,}")
    return {**quick, **{f"large.{name}": value for name, value in big.items()}}


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terminals", type=int, default=300)
    parser.add_argument("--flows", type=int, default=60)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--child", action="store_true", help="the second part only, as JSON")
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(large(options.large)))
    else:
        run(options.terminals, options.flows, options.large)


if __name__ == "__main__":
    main(sys.argv[1:])
