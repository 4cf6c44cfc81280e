"""The user plane: 300,000 G-PDUs of synthetic IMIX, decoded by us and by tshark in one run.

    python -m tests.bench.bench_n3 [--packets N]

1,000 tunnels with a PDU Session Container on every G-PDU, 20,000 flows of DNS, TLS, QUIC, HTTP and Modbus, frames of
428 octets on average. Seeded: the same octets every time.
"""

from __future__ import annotations

import argparse
import random
import struct
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.beside import beside, sentinel, tshark

TUNNELS = 1000
FLOWS = 20_000
SIZES = (64,) * 6 + (576,) * 4 + (1400,)  # of the inner packet
APPS = (  # protocol, port, how its payload begins
    (17, 53, bytes.fromhex("1a2b01000001000000000000037777770765786d61706c6503636f6d0000010001")),
    (6, 443, bytes.fromhex("1703030500") + bytes(range(200))),
    (17, 443, bytes.fromhex("4f0102030405060708") + bytes(range(200))),
    (6, 80, b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n"),
    (6, 502, bytes.fromhex("000100000006010300000001")),
)
_OUTER = struct.Struct(">12sHBBHHHBBH4s4sHHHHBBHIHBBBBBB")  # Ethernet, IPv4, UDP, GTP-U, PDU Session Container
_INNER = struct.Struct(">BBHHHBBH4s4sHH")  # IPv4 and ports
_RECORD = struct.Struct("<IIII")


def imix(packets: int, path: Path) -> None:
    """Write the capture."""
    chance = random.Random(5)
    flows = [_flow(number, chance) for number in range(FLOWS)]
    filler = bytes(1400)
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1))
        for number in range(packets):
            which = number if number < FLOWS else int(chance.random() * FLOWS)
            up = chance.random() < 0.5
            frame = _frame(flows[which], number, up, SIZES[int(chance.random() * len(SIZES))], filler)
            seconds, nanos = divmod(number * 3000, 1_000_000_000)
            file.write(_RECORD.pack(1_790_000_000 + seconds, nanos, len(frame), len(frame)) + frame)


def _flow(number: int, chance: random.Random) -> tuple[int, bytes, bytes, int, int, int, bytes]:
    tunnel = number % TUNNELS
    terminal = bytes((10, 45, tunnel >> 8, tunnel & 0xFF))
    server = bytes((10, 11, 6, chance.randrange(1, 255)))
    protocol, port, begin = chance.choice(APPS)
    return tunnel, terminal, server, protocol, 1024 + number, port, begin


def _frame(
    flow: tuple[int, bytes, bytes, int, int, int, bytes], number: int, up: bool, size: int, filler: bytes
) -> bytes:
    tunnel, terminal, server, protocol, high, low, begin = flow
    gnb, upf = bytes((10, 11, 3, 101 + tunnel % 8)), bytes((10, 11, 3, 20))
    if up:
        outer, inner, ports, teid, direction = (gnb, upf), (terminal, server), (high, low), 0x1000 + tunnel, 0x10
    else:
        outer, inner, ports, teid, direction = (upf, gnb), (server, terminal), (low, high), 0x90000 + tunnel, 0x00
    if protocol == 17:
        transport = struct.pack(">HH", size - 20, 0)
    else:
        transport = struct.pack(">IIBBHHH", number * 1400 & 0xFFFFFFFF, 1, 0x50, 0x18, 64_000, 0, 0)
    head = _INNER.pack(0x45, 0, size, number & 0xFFFF, 0, 64, protocol, 0, *inner, *ports) + transport
    payload = begin[: size - len(head)]
    ip = (0x45, 0, size + 44, number & 0xFFFF, 0, 64, 17, 0, *outer)
    gtp = (0x34, 255, size + 8, teid, 0, 0, 0x85, 1, direction, 9, 0)
    tunnelled = _OUTER.pack(bytes(12), 0x0800, *ip, 2152, 2152, size + 24, 0, *gtp) + head + payload
    return tunnelled + filler[: size - len(head) - len(payload)]


def run(packets: int = 300_000) -> dict[str, float]:
    """Measure, print and give the figures."""
    print(f"N3: {packets:,} G-PDUs of synthetic IMIX, {TUNNELS:,} tunnels, {FLOWS:,} flows")
    with tempfile.TemporaryDirectory() as folder:
        capture, one = Path(folder, "n3.pcap"), Path(folder, "one.pcap")
        imix(packets, capture)
        imix(1, one)
        peer = tshark(
            ("gtp.message", "gtp.teid"), lambda text: sum(line.startswith("0xff") for line in text.splitlines())
        )
        return beside(packets, capture, one, sentinel(lambda counters: counters["gtpu.g_pdu"]), peer)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=300_000)
    run(parser.parse_args(arguments).packets)


if __name__ == "__main__":
    main(sys.argv[1:])
