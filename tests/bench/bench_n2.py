"""The control plane: 50,000 NGAP messages with their NAS, as our Events, as our columns and by tshark.

    python -m tests.bench.bench_n2 [--messages N]

The N2 packets of the drill's captures (`tests/traces`) over and over, each DATA chunk with a TSN of its own, so that
nobody takes them for retransmissions.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from tests.bench.beside import beside, columns, sentinel, tshark

TRACES = Path(__file__).parent.parent / "traces"
SCTP_AT = 34  # Ethernet and IPv4 without options, as the drill makes them
NGAP = 60  # payload protocol identifier
REROUTE_NAS_REQUEST = 36  # procedure code
READ = ("time", "source.ip", "destination.ip", "fiveg.ran_ue_ngap_id", "fiveg.amf_ue_ngap_id", "fiveg.ngap.cause")


def packets() -> list[bytes]:
    """The N2 packets of the drill that carry NGAP, one message each; without what no dissector can read."""
    paths = [path for path in sorted(TRACES.rglob("*.pcap")) if path.stem != "ngap-malformed"]
    found = [frame for path in paths for frame in frames(path.read_bytes())]
    return [frame for frame in found if frame[23:24] == b"\x84" and len(_messages(frame)) == 1 and not _reroutes(frame)]


def frames(capture: bytes) -> Iterator[bytes]:
    """The frames of a capture of nanoseconds and little-endian, as the drill writes them."""
    at = 24
    while at < len(capture):
        (length,) = struct.unpack_from("<I", capture, at + 8)
        yield capture[at + 16 : at + 16 + length]
        at += 16 + length


def _messages(frame: bytes) -> list[int]:
    """Where the DATA chunks start that are NGAP messages of their own."""
    found, at = [], SCTP_AT + 12
    while at + 16 <= len(frame):
        kind, flags, length = struct.unpack_from(">BBH", frame, at)
        if kind == 0 and flags & 3 == 3 and struct.unpack_from(">I", frame, at + 12) == (NGAP,):
            found.append(at)
        at += max(4, (length + 3) // 4 * 4)
    return found


def _reroutes(frame: bytes) -> bool:
    """It is a Reroute NAS Request, which carries one more message."""
    (at,) = _messages(frame)
    return frame[at + 16 : at + 18] == bytes((0, REROUTE_NAS_REQUEST))


def repeated(messages: int, path: Path) -> None:
    """Write the capture."""
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1))
        for number, frame in zip(range(messages), cycle(packets())):
            (at,) = _messages(frame)
            new = frame[: at + 4] + (number + 1).to_bytes(4) + frame[at + 8 :]
            seconds, nanos = divmod(number * 100_000, 1_000_000_000)
            file.write(struct.pack("<IIII", 1_790_000_000 + seconds, nanos, len(new), len(new)) + new)


def run(messages: int = 50_000) -> dict[str, float]:
    """Measure, print and give the figures."""
    print(f"N2: {messages:,} NGAP messages with their NAS")
    with tempfile.TemporaryDirectory() as folder:
        capture, one = Path(folder, "n2.pcap"), Path(folder, "one.pcap")
        repeated(messages, capture)
        repeated(1, one)
        peer = tshark(("ngap.procedureCode", "nas_5gs.mm.message_type"), lambda line: line.partition("\t")[0] != "")
        return beside(messages, capture, one, sentinel(_ngap), [columns(_ngap, READ), peer])


def _ngap(counters: dict[str, int]) -> dict[str, int]:
    return {"packets": sum(count for name, count in counters.items() if name.startswith("ngap."))}


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    run(parser.parse_args(arguments).messages)


if __name__ == "__main__":
    main(sys.argv[1:])
