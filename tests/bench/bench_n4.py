"""The N4 plane: 100,000 PFCP messages, decoded by us and by tshark in one run.

    python -m tests.bench.bench_n4 [--messages N]

The PFCP packets of the drill's captures (`tests/traces`) over and over, each with a sequence number of its own: set-up
of associations, heartbeats, and sessions with their rules that are made, changed and deleted.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from tests.bench.bench_n2 import TRACES, frames
from tests.bench.beside import beside, sentinel, tshark

UDP_AT = 34  # Ethernet and IPv4 without options, as the drill makes them
PFCP_AT = UDP_AT + 8
PFCP_PORT = (8805).to_bytes(2)


def packets() -> list[bytes]:
    """The PFCP packets of the drill."""
    found = [frame for path in sorted(TRACES.rglob("*.pcap")) for frame in frames(path.read_bytes())]
    return [frame for frame in found if frame[23:24] == b"\x11" and PFCP_PORT in (frame[34:36], frame[36:38])]


def repeated(messages: int, path: Path) -> None:
    """Write the capture."""
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1))
        for number, frame in zip(range(messages), cycle(packets())):
            at = PFCP_AT + (12 if frame[PFCP_AT] & 1 else 4)
            new = frame[:at] + (number & 0xFFFFFF).to_bytes(3) + frame[at + 3 :]
            seconds, nanos = divmod(number * 100_000, 1_000_000_000)
            file.write(struct.pack("<IIII", 1_790_000_000 + seconds, nanos, len(new), len(new)) + new)


def run(messages: int = 100_000) -> dict[str, float]:
    """Measure, print and give the figures."""
    print(f"N4: {messages:,} PFCP messages")
    with tempfile.TemporaryDirectory() as folder:
        capture, one = Path(folder, "n4.pcap"), Path(folder, "one.pcap")
        repeated(messages, capture)
        repeated(1, one)
        peer = tshark(("pfcp.msg_type", "pfcp.seid"), lambda line: line.partition("\t")[0] != "")
        return beside(messages, capture, one, sentinel(_pfcp), [peer])


def _pfcp(counters: dict[str, int]) -> dict[str, int]:
    return {"packets": sum(count for name, count in counters.items() if name.startswith("pfcp."))}


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    run(parser.parse_args(arguments).messages)


if __name__ == "__main__":
    main(sys.argv[1:])
