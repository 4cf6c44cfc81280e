"""The user plane, decoded by us and by others in one run: throughput, a flood, memory, and a soak.

    python -m tests.bench.bench_n3 [--packets N] [--flows N] [--soak SECONDS]

`imix`: 300,000 G-PDUs of 500 sessions (1,000 TEIDs) with 20,000 flows of DNS, TLS, QUIC, HTTP and Modbus, frames of 428
octets on average. `flood`: as many, each in a tunnel of its own. `live`: a million flows, all open at once. The soak feeds
the mixture through a pipe, over and over with time going on, and looks at the slope of the memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.bench import n3_traffic
from tests.bench.beside import OURS, Program, beside, ndpi, sentinel, snort, suricata, tshark

MOST_MB = 300  # for a million flows
SOAK = """
import json, os, sys, time
from collectors.sources.capture_file import CaptureFile
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
source, samples, begun = CaptureFile("-"), [], time.monotonic()
for batch in source.batches():
    now = time.monotonic() - begun
    if now >= len(samples) / 4:
        samples.append((now, resident()))
print(json.dumps({"samples": samples, "packets": source.packets}))
"""


def run(packets: int = 300_000, flows: int = 1_000_000, soak: float = 10) -> dict[str, object]:
    """Measure, print and give the figures."""
    capture = n3_traffic.imix(packets)
    octets = (capture.stat().st_size - 24) / packets - 16
    print(f"N3: {packets:,} G-PDUs of synthetic IMIX ({octets:.0f} octets on average), {n3_traffic.FLOWS:,} flows")
    one = n3_traffic.imix(1)
    figures: dict[str, object] = {"imix": beside(packets, capture, one, sentinel(_counts), peers())}
    print(f"\nN3 flood: {packets:,} G-PDUs, each in a tunnel of its own")
    figures["flood"] = beside(packets, n3_traffic.flood(packets), one, sentinel(_flooded), peers())
    figures["live"] = memory(flows)
    figures["soak"] = slope(capture, soak)
    return figures


def peers() -> list[Program | None]:
    """All that open GTP-U, and Suricata, which does not."""
    return [tshark(("gtp.message", "gtp.teid"), lambda line: line.startswith("0xff")), ndpi(), suricata(), snort()]


def _counts(counters: dict[str, int]) -> dict[str, int]:
    """What peers count too, and what was handed to Python."""
    return {
        "packets": counters["gtpu.g_pdu"],
        "flows": counters["flow.started"],
        "events": counters["python.events"],
    }


def _flooded(counters: dict[str, int]) -> dict[str, int]:
    """A flood is told by a few tunnels and the number of the others: together they are all."""
    if counters["python.tunnels"] != counters["packets"]:
        raise SystemExit(f"of {counters['packets']:,} tunnels {counters['python.tunnels']:,} were told or counted")
    return {"packets": counters["gtpu.g_pdu"], "events": counters["python.events"]}


def memory(flows: int) -> dict[str, float]:
    """The peak resident memory of a process that decodes a capture of that many flows that are open at once."""
    command = (sys.executable, "-c", OURS, str(n3_traffic.live(flows)))
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    if told["python.flows"] != flows or told["gtpu.g_pdu"] != flows:
        raise SystemExit(f"not all flows were open at once: {told['python.flows']:,} of {flows:,}")
    peak = told["python.peak_mb"]
    verdict = "" if flows < 1_000_000 else f"   ({'within' if peak <= MOST_MB else 'ABOVE'} {MOST_MB} MB)"
    print(f"\nmemory           {peak:>12,} MB at most of the whole process, with {flows:,} flows open{verdict}")
    return {"flows": flows, "peak_mb": peak}


def slope(capture: Path, seconds: float) -> dict[str, float]:
    """How the memory grows while the capture comes through a pipe again and again; the first half is warming up."""
    with subprocess.Popen((sys.executable, "-c", SOAK), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("no pipes")
        feeder = threading.Thread(target=_feed, args=(capture, process.stdin, seconds))
        feeder.start()
        told = json.loads(process.stdout.read())
        feeder.join()
    # At the end all flows end, which is not what a soak is about.
    settled = [(when, octets / 1e6) for when, octets in told["samples"] if seconds / 2 <= when < seconds - 1]
    if len(settled) < 2:
        raise SystemExit("the soak was too short")
    growth = statistics.linear_regression(*zip(*settled, strict=True)).slope * 60
    last = settled[-1][1]
    print(f"soak             {growth:>12,.2f} MB/min over the second half of {seconds:.0f} s, {last:.0f} MB resident")
    return {
        "seconds": seconds,
        "packets": told["packets"],
        "mb_per_minute": round(growth, 3),
        "resident_mb": round(last),
    }


def _feed(capture: Path, pipe: IO[bytes], seconds: float) -> None:
    """Write the capture over and over, each time a second later than the time before."""
    octets = capture.read_bytes()
    records, at = [], 24
    while at < len(octets):
        records.append(at)
        at += 16 + int.from_bytes(octets[at + 8 : at + 12], "little")
    again, (first,) = bytearray(octets), struct.unpack_from("<I", octets, records[0])
    ahead = struct.unpack_from("<I", octets, records[-1])[0] - first + 1
    with pipe:
        pipe.write(octets[:24])
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pipe.write(memoryview(again)[24:])
            for at in records:
                struct.pack_into("<I", again, at, struct.unpack_from("<I", again, at)[0] + ahead)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=300_000)
    parser.add_argument("--flows", type=int, default=1_000_000, help="open at once, for the memory")
    parser.add_argument("--soak", type=float, default=10, metavar="SECONDS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    options = parser.parse_args(arguments)
    figures = run(options.packets, options.flows, options.soak)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
