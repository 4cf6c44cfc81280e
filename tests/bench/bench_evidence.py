"""What the evidence ring costs: user packets decoded with and without a writer, in turns in one run.

    python -m tests.bench.bench_evidence [--packets N]

Processor time of the decoding thread, for that is what limits a live source; the thread that writes has its own. `usual`
keeps a flow's share, as `sentinel run` does; `all` keeps every packet whole, which no disk bears for long. Each in clear and
sealed, which is work of the other thread.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from collectors._decode import CaptureReader, EvidenceWriter
from sentinel.crypto.suite import suite
from sentinel.evidence.ring import EVERY, FIRST, LATEST, Ring
from sentinel.keys.tables import EVIDENCE, add_key, seals_of
from tests.bench.n3_traffic import imix

ROUNDS = 5
USUAL, ALL = (256, FIRST, EVERY), (0, 2**32 - 1, 1)
MODES: dict[str, tuple[tuple[int, int, int], bool]] = {
    "usual": (USUAL, False), "usual.sealed": (USUAL, True), "all": (ALL, False), "all.sealed": (ALL, True),
}  # fmt: skip


def run(packets: int = 2_000_000) -> dict[str, float]:
    """Measure, print and give the figures."""
    print(f"Evidence: {packets:,} G-PDUs of synthetic IMIX, decoded with and without a ring")
    seconds: dict[str, list[float]] = {"none": [], **{mode: [] for mode in MODES}}
    whole: dict[str, list[float]] = {mode: [] for mode in seconds}
    figures: dict[str, float] = {"packets": packets}
    with tempfile.TemporaryDirectory() as folder:
        capture = imix(packets)
        add_key(Path(folder, "keys"))
        seal = seals_of(suite, Path(folder, "keys"))(EVIDENCE)
        for number in range(ROUNDS):
            start = time.process_time()
            seconds["none"].append(_decode(capture, None))
            whole["none"].append(time.process_time() - start)
            for mode, ((snap, first, every), sealed) in MODES.items():
                ring = Ring(Path(folder, f"{mode}{number}"), seal=seal)
                start = time.process_time()
                writer = EvidenceWriter(
                    Path(folder, f"{mode}{number}", "n3"), "n3", size=1 << 30, age=10**9, snap=snap, first=first,
                    every=every, reserve=0, patient=True, sealing=seal if sealed else None,
                )  # fmt: skip
                seconds[mode].append(_decode(capture, writer))
                writer.close()
                whole[mode].append(time.process_time() - start)
                if number == 0:
                    figures |= _kept(mode, writer, ring)
                for path in (ring.folder or Path(folder)).rglob("*.*"):
                    path.unlink()
    for mode, took in seconds.items():
        figures[f"{mode}.packets_per_cpu_second"] = round(packets / statistics.median(took))
        figures[f"{mode}.packets_per_cpu_second_of_both"] = round(packets / statistics.median(whole[mode]))
        print(f"{mode:<12} {figures[f'{mode}.packets_per_cpu_second']:>12,.0f} packets/s of the decoding thread,"
              f" {figures[f'{mode}.packets_per_cpu_second_of_both']:>12,.0f} of both")  # fmt: skip
    for mode in MODES:
        figures[f"{mode}.ratio"] = round(statistics.median(seconds["none"]) / statistics.median(seconds[mode]), 2)
        print(f"ratio        {figures[f'{mode}.ratio']:>12.2f} {mode} to none")
    return figures


def _decode(capture: Path, writer: EvidenceWriter | None) -> float:
    reader = CaptureReader(str(capture), "n3", writer)
    start = time.thread_time()
    while (events := reader.read(8192)) is not None:
        del events
    return time.thread_time() - start


def _kept(mode: str, writer: EvidenceWriter, ring: Ring) -> dict[str, float]:
    counters = writer.counters()
    teid = ring.cut((), 0, LATEST, 1).packets[0].summary.split()[1].rstrip(":")
    start = time.perf_counter()
    found = len(ring.cut([f"teid:{teid}"], 0, LATEST).packets)
    took = time.perf_counter() - start
    print(f"{mode:<12} {counters['evidence.kept']:>12,} kept, {counters['evidence.bytes'] >> 20:,} MiB;"
          f" {found:,} of a tunnel cut out in {took * 1000:.0f} ms")  # fmt: skip
    return {f"{mode}.kept": counters["evidence.kept"], f"{mode}.bytes": counters["evidence.bytes"],
            f"{mode}.cut_seconds": round(took, 4)}  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=2_000_000)
    run(parser.parse_args(arguments).packets)


if __name__ == "__main__":
    main(sys.argv[1:])
