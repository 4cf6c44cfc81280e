"""Conversations of two hosts, inside a terminal's tunnel or on the wire, with the right sequence numbers.

The modules of `wire` make the octets, mostly as exchanges of a request and its answer; a conversation plays them:

    flow = Tcp(Tunnelled(network, session, plan.PLC), s7.PORT)
    plc = s7.Client()
    yield from flow.connect()
    yield from flow.play(*plc.connect(), plc.write("DB1.DBW10", 75), plc.plc_stop())
    yield from flow.close()
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from scapy.layers.inet import TCP, UDP
from scapy.packet import Packet, Raw

from sentinel.drill.ground import Ground
from sentinel.drill.timeline import Play
from sentinel.drill.wire import Exchange

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Session

RADIO, CORE = 0.011, 0.002  # seconds that an answer takes on its way
_SEGMENT = 1360


class Path(Protocol):
    """The way between a client and its server."""

    @property
    def ground(self) -> Ground:
        """Whose time and chance it has."""

    def up(self, payload: Packet) -> None:
        """An IP payload of the client."""

    def down(self, payload: Packet) -> None:
        """An IP payload of the server."""


class Tunnelled:
    """A terminal's way to a server, through its PDU session."""

    def __init__(self, network: Network, session: Session, server: str) -> None:
        self.ground, self._network, self._session, self._server = network, network, session, server

    def up(self, payload: Packet) -> None:
        """On N3, from the gNB."""
        packet = self._network.wire.packet(self._session.address, self._server, payload)
        self._network.up(self._session, bytes(packet))

    def down(self, payload: Packet) -> None:
        """On N3, from the UPF."""
        packet = self._network.wire.packet(self._server, self._session.address, payload)
        self._network.down(self._session, bytes(packet))


class Reached:
    """The way of a host of the data network to a terminal, which it calls."""

    def __init__(self, network: Network, session: Session, client: str) -> None:
        self.ground, self._there = network, Tunnelled(network, session, client)

    def up(self, payload: Packet) -> None:
        """On N3, from the UPF."""
        self._there.down(payload)

    def down(self, payload: Packet) -> None:
        """On N3, from the gNB."""
        self._there.up(payload)


class Between:
    """The way of one terminal to another: up through the tunnel of one, and down through that of the other."""

    def __init__(self, network: Network, client: Session, server: Session) -> None:
        self.ground = network
        self._client = Tunnelled(network, client, server.address)
        self._server = Tunnelled(network, server, client.address)

    def up(self, payload: Packet) -> None:
        """From the client, over both tunnels."""
        self._client.up(payload)
        self._server.down(payload)

    def down(self, payload: Packet) -> None:
        """From the server, over both."""
        self._server.up(payload)
        self._client.down(payload)


class Wired:
    """Two hosts of the core or the data network, whose link is mirrored as it is."""

    def __init__(self, ground: Ground, client: str, server: str) -> None:
        self.ground, self._client, self._server = ground, client, server

    def up(self, payload: Packet) -> None:
        """A frame of the client."""
        self.ground.timeline.emit(self.ground.wire.frame(self._client, self._server, payload))

    def down(self, payload: Packet) -> None:
        """A frame of the server."""
        self.ground.timeline.emit(self.ground.wire.frame(self._server, self._client, payload))


class Tcp:
    """A TCP connection."""

    def __init__(self, path: Path, port: int) -> None:
        self._path, random = path, path.ground.random
        self._ports = random.randrange(32768, 61000), port
        self._mine, self._theirs = random.randrange(2**31), random.randrange(2**31)

    def connect(self) -> Play[None]:
        """SYN, SYN ACK, ACK."""
        self._up("S", options=[("MSS", _SEGMENT)])
        yield CORE
        self._down("SA", options=[("MSS", _SEGMENT)])
        yield RADIO
        self._up("A")
        yield 0.0002

    def play(self, *exchanges: Exchange, pause: float = 0.05) -> Play[None]:
        """Requests and their answers, one after the other."""
        for request, reply in exchanges:
            yield from self.exchange(request, reply)
            yield pause

    def exchange(self, request: bytes, reply: bytes) -> Play[None]:
        """One request, one reply, and the acknowledgement of the reply; either may be empty."""
        for data in _segments(request):
            self._up("PA", data)
        yield CORE
        for data in _segments(reply):
            self._down("PA", data)
        if not reply:
            self._down("A")
            return
        yield RADIO
        self._up("A")

    def close(self) -> Play[None]:
        """FIN from both."""
        self._up("FA")
        yield CORE
        self._down("FA")
        yield RADIO
        self._up("A")

    def refused(self) -> Play[None]:
        """SYN, and RST for an answer."""
        self._up("S", options=[("MSS", _SEGMENT)])
        yield CORE
        self._down("RA")

    def unanswered(self) -> Play[None]:
        """SYN, and nothing."""
        self._up("S", options=[("MSS", _SEGMENT)])
        yield 0.0

    def reset(self) -> Play[None]:
        """The client gives up."""
        self._up("RA")
        yield CORE

    def _up(self, flags: str, data: bytes = b"", options: list[tuple[str, int]] | None = None) -> None:
        header = TCP(sport=self._ports[0], dport=self._ports[1], seq=self._mine, ack=self._theirs, flags=flags)
        if flags == "S":
            header.ack = 0
        self._mine += len(data) + ("S" in flags or "F" in flags)
        self._path.up(_segment(header, data, options))

    def _down(self, flags: str, data: bytes = b"", options: list[tuple[str, int]] | None = None) -> None:
        header = TCP(sport=self._ports[1], dport=self._ports[0], seq=self._theirs, ack=self._mine, flags=flags)
        self._theirs += len(data) + ("S" in flags or "F" in flags)
        self._path.down(_segment(header, data, options))


class Udp:
    """Datagrams between two ports."""

    def __init__(self, path: Path, port: int, client_port: int | None = None) -> None:
        self._path = path
        self._ports = client_port or path.ground.random.randrange(32768, 61000), port

    def play(self, *exchanges: Exchange, pause: float = 0.05) -> Play[None]:
        """Datagrams and their answers; either may be empty, and then is not sent."""
        for request, reply in exchanges:
            if request:
                self._path.up(UDP(sport=self._ports[0], dport=self._ports[1]) / Raw(request))
            yield CORE
            if reply:
                self._path.down(UDP(sport=self._ports[1], dport=self._ports[0]) / Raw(reply))
            yield RADIO + pause


def _segments(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _SEGMENT] for at in range(0, len(data), _SEGMENT))


def _segment(header: Packet, data: bytes, options: list[tuple[str, int]] | None) -> Packet:
    header.options = options or []
    return header / Raw(data) if data else header
