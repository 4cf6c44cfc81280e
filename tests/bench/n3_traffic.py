"""Captures of the user plane, made here: seeded, the same octets every time, kept in a temporary folder between runs.

`imix` is the mixture that the throughput is measured on, `flood` a tunnel for every packet, `live` a flow for every packet
of few tunnels. Every G-PDU has a PDU Session Container.
"""

from __future__ import annotations

import hashlib
import os
import random
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

SESSIONS = 500  # each with a TEID up and one down
FLOWS = 20_000
SMALL, MIDDLE, LARGE = 64, 576, 1400  # octets of an inner packet; of eleven packets six, four and one
HOSTS = tuple(f"host{number:02}.plant.example" for number in range(16))
UDP, TCP = 17, 6
SYN, SYN_ACK, PSH_ACK = 0x02, 0x12, 0x18
GNB, UPF = bytes((10, 11, 3, 101)), bytes((10, 11, 3, 20))
START = 1_790_000_000
_FILE = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
_RECORD = struct.Struct("<IIII")
_OUTER = struct.Struct(">12sHBBHHHBBH4s4sHHHHBBHIHBBBBBB")  # Ethernet, IPv4, UDP, GTP-U, PDU Session Container
_IP = struct.Struct(">BBHHHBBH4s4sHH")  # IPv4 and ports
_SYN_OPTIONS = bytes.fromhex("020405640402080a0000000100000000010303070101010100000000")[:24]


def captured(name: str, make: Callable[[Path], None], *about: object) -> Path:
    """The capture that `make` writes, made where it is not there yet."""
    folder = Path(tempfile.gettempdir(), f"sentinel-bench-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise SystemExit(f"`{folder}` is somebody else's")
    digest = hashlib.sha256(Path(__file__).read_bytes() + repr(about).encode()).hexdigest()[:12]
    path = folder / f"{name}-{digest}.pcap"
    if not path.exists():
        for old in folder.glob(f"{name}-*"):
            old.unlink()
        part = path.with_suffix(".part")
        make(part)
        part.rename(path)
    return path


def imix(packets: int) -> Path:
    """`FLOWS` flows of DNS, TLS, QUIC, HTTP and Modbus, frames of 428 octets on average."""
    return captured(f"imix{packets}", partial(_write, frames=lambda: _imix(packets), gap=3000), packets)


def flood(packets: int) -> Path:
    """Each packet in a tunnel of its own, from an address of its own."""
    return captured(f"flood{packets}", partial(_write, frames=lambda: _flood(packets), gap=3000), packets)


def live(flows: int) -> Path:
    """Each packet is of a new flow, and none of them goes idle."""
    gap = min(50_000, 100_000_000_000 // flows)  # a flow is idle after two minutes
    return captured(f"live{flows}", partial(_write, frames=lambda: _live(flows), gap=gap), flows)


def _write(path: Path, frames: Callable[[], Iterator[bytes]], gap: int) -> None:
    with path.open("wb", buffering=1 << 20) as file:
        file.write(_FILE)
        for number, frame in enumerate(frames()):
            seconds, nanos = divmod(number * gap, 1_000_000_000)
            file.write(_RECORD.pack(START + seconds, nanos, len(frame), len(frame)) + frame)


def tunnelled(up: bool, session: int, inner: bytes, number: int) -> bytes:
    """The frame that carries a user's packet."""
    gnb = GNB[:3] + bytes((GNB[3] + session % 8,))
    ends, teid, direction = ((gnb, UPF), 0x1000, 0x10) if up else ((UPF, gnb), 0x90000, 0x00)
    size = len(inner)
    ip = (0x45, 0, size + 44, number & 0xFFFF, 0, 64, UDP, 0, *ends)
    gtp = (0x34, 255, size + 8, teid + session, 0, 0, 0x85, 1, direction, 9, 0)
    return _OUTER.pack(bytes(12), 0x0800, *ip, 2152, 2152, size + 24, 0, *gtp) + inner


@dataclass(slots=True)
class Flow:
    """A flow of a user, and how far its sides have come."""

    number: int
    app: str
    host: int
    server: bytes
    sent: list[int] = field(default_factory=lambda: [0, 0])  # octets up and down
    packets: int = 0

    @property
    def session(self) -> int:
        """Whose flow it is."""
        return self.number % SESSIONS

    @property
    def transport(self) -> int:
        """TCP or UDP."""
        return UDP if self.app in {"dns", "quic"} else TCP

    def ends(self, up: bool) -> tuple[bytes, bytes, int, int]:
        """Addresses and ports, in the order of the header."""
        terminal = bytes((10, 45, self.session >> 8, self.session & 0xFF))
        high, low = 1024 + self.number, PORTS[self.app]
        return (terminal, self.server, high, low) if up else (self.server, terminal, low, high)

    def packet(self, up: bool, size: int) -> bytes:
        """The next packet of a side, of `size` octets where its protocol allows."""
        self.packets += 1
        if self.transport == UDP:
            payload = (_dns if self.app == "dns" else _quic)(self, up, size - 28)
            return self._ip(up, struct.pack(">HH", len(payload) + 8, 0) + payload)
        if self.packets <= 2:
            options = _SYN_OPTIONS
            return self._ip(up, _tcp(0, int(not up), SYN if up else SYN_ACK, len(options)) + options)
        payload = _modbus(self, up) if self.app == "modbus" else self._stream(up, size - 40)
        at = self.sent[up] + 1
        self.sent[up] += len(payload)
        return self._ip(up, _tcp(at, self.sent[not up] + 1, PSH_ACK, 0) + payload)

    def _stream(self, up: bool, octets: int) -> bytes:
        at = self.sent[up]
        return script(self.app, up, HOSTS[self.host])[at : at + octets]

    def _ip(self, up: bool, segment: bytes) -> bytes:
        head = (0x45, 0, len(segment) + 24, self.packets, 0x4000, 64, self.transport, 0, *self.ends(up))
        return _IP.pack(*head) + segment


PORTS = {"dns": 53, "tls": 443, "quic": 443, "http": 80, "modbus": 502}


def _tcp(sequence: int, acknowledged: int, flags: int, options: int) -> bytes:
    return struct.pack(">IIBBHHH", sequence, acknowledged, (20 + options) << 2, flags, 64_000, 0, 0)


def _dns(flow: Flow, up: bool, octets: int) -> bytes:
    """A query for a name, or its answer with an address; an EDNS padding option fills it up (RFC 7830)."""
    name = b"".join(bytes((len(label),)) + label.encode() for label in HOSTS[flow.host].split(".")) + b"\0"
    question = name + bytes.fromhex("00010001")
    answer = b"" if up else bytes.fromhex("c00c000100010000003c0004") + flow.server
    flags = 0x0100 if up else 0x8180
    padding = octets - 12 - len(question) - len(answer) - 15
    extra = struct.pack(">BHHIHHH", 0, 41, 1232, 0, padding + 4, 12, padding) + bytes(padding) if padding >= 0 else b""
    counts = (1, int(not up), 0, int(bool(extra)))
    return struct.pack(">HHHHHH", flow.number & 0xFFFF, flags, *counts) + question + answer + extra


def _quic(flow: Flow, _up: bool, octets: int) -> bytes:
    """An Initial, then short headers; all else is encrypted."""
    if flow.packets == 1:
        head = struct.pack(">BIBQBBH", 0xC3, 1, 8, flow.number, 0, 0, 0x4000 | octets - 18)
    else:
        head = struct.pack(">BQH", 0x43, flow.number, flow.packets)
    return (head + noise())[:octets]


def _modbus(flow: Flow, up: bool) -> bytes:
    """Read five holding registers; the values."""
    transaction = flow.packets - 1 >> 1
    if up:
        return struct.pack(">HHHBBHH", transaction, 0, 6, 1, 3, 0, 5)
    return struct.pack(">HHHBBB5H", transaction, 0, 13, 1, 3, 10, 230, 231, 0, flow.number & 0xFF, transaction)


@cache
def noise() -> bytes:
    """What encrypted octets look like."""
    return random.Random(7).randbytes(1400)


@cache
def script(app: str, up: bool, host: str) -> bytes:
    """What one side of a stream says, from its first octet."""
    if app == "http":
        head = f"POST /api/values HTTP/1.1\r\nHost: {host}\r\nUser-Agent: gateway\r\n" if up else "HTTP/1.1 200 OK\r\n"
        return f"{head}Content-Length: 260000\r\n\r\n".encode() + b"0123456789abcdef" * 16_250
    record = bytes.fromhex("1703030573") + noise()[:1395]
    return (_client_hello(host.encode()) if up else _server_hello()) + record * 180


def _client_hello(host: bytes) -> bytes:
    def extension(kind: int, body: bytes) -> bytes:
        return struct.pack(">HH", kind, len(body)) + body

    name = struct.pack(">HBH", len(host) + 3, 0, len(host)) + host
    extensions = (
        extension(0, name)
        + extension(10, bytes.fromhex("0004001d0017"))
        + extension(13, bytes.fromhex("000404030804"))
        + extension(16, bytes.fromhex("000c02683208687474702f312e31"))
        + extension(43, bytes.fromhex("0403040303"))
    )
    ciphers = bytes.fromhex("0006130113021303")
    body = b"\x03\x03" + noise()[:32] + b"\x20" + noise()[32:64] + ciphers + b"\x01\x00"
    return _handshake(1, body + struct.pack(">H", len(extensions)) + extensions)


def _server_hello() -> bytes:
    return _handshake(
        2, b"\x03\x03" + noise()[:32] + b"\x20" + noise()[32:64] + bytes.fromhex("1301000006002b00020304")
    )


def _handshake(kind: int, body: bytes) -> bytes:
    return struct.pack(">BHHB", 22, 0x0301, len(body) + 4, kind) + len(body).to_bytes(3) + body


def _imix(packets: int) -> Iterator[bytes]:
    chance = random.Random(5)
    apps = [chance.choice(tuple(PORTS)) for _ in range(FLOWS)]
    flows = [
        Flow(number, app, chance.randrange(len(HOSTS)), bytes((10, 11, 6, chance.randrange(1, 255))))
        for number, app in enumerate(apps)
    ]
    long = [flow for flow in flows if flow.app != "dns"]  # a query and its answer are all of a flow
    bulk = [flow for flow in long if flow.app != "modbus"]
    begun = [(flow, True, LARGE if flow.app == "quic" else SMALL) for flow in flows]
    answered = [(flow, False, SMALL) for flow in flows if flow.app != "quic"]
    opening = (begun + answered)[:packets]
    left = {SMALL: packets * 6 // 11, MIDDLE: packets * 4 // 11}
    left[LARGE] = packets - sum(left.values())
    for _, _, size in opening:
        left[size if left[size] else max(other for other in left if left[other])] -= 1
    sizes = [size for size, count in left.items() for _ in range(count)]
    chance.shuffle(sizes)
    for number, (flow, up, size) in enumerate(opening):
        yield tunnelled(up, flow.session, flow.packet(up, size), number)
    for number, size in enumerate(sizes, len(opening)):
        flow = chance.choice(long if size == SMALL else bulk)
        up = flow.packets % 2 == 0 if flow.app == "modbus" else chance.random() < 0.5
        yield tunnelled(up, flow.session, flow.packet(up, size), number)


def _flood(packets: int) -> Iterator[bytes]:
    teids = random.Random(6).sample(range(1, 1 << 32), packets)
    for number, teid in enumerate(teids):
        frame = tunnelled(True, 0, _one(10 << 24 | number, 1024 + number % 60_000), number)
        yield frame[:46] + teid.to_bytes(4) + frame[50:]


def _live(flows: int) -> Iterator[bytes]:
    for number in range(flows):
        session, port = number % 1000, 1024 + number // 1000 % 60_000
        yield tunnelled(True, session, _one(0x0A2D0000 | session, port), number)


def _one(terminal: int, port: int) -> bytes:
    ends = (terminal.to_bytes(4), bytes((10, 11, 6, 80)), port, 5001)
    return _IP.pack(0x45, 0, SMALL, 1, 0x4000, 64, TCP, 0, *ends) + _tcp(1, 1, PSH_ACK, 0) + bytes(SMALL - 40)
