"""SCTP, RFC 9260: an association as both ends would play it, with its tags, TSNs, SACKs and CRC32c.

Message interleaving is RFC 8260's, address reconfiguration RFC 5061's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from struct import pack

from scapy.layers.sctp import (
    SCTP,
    SCTPChunkAbort,
    SCTPChunkAddressConf,
    SCTPChunkAddressConfAck,
    SCTPChunkCookieAck,
    SCTPChunkCookieEcho,
    SCTPChunkData,
    SCTPChunkHeartbeatAck,
    SCTPChunkHeartbeatReq,
    SCTPChunkInit,
    SCTPChunkInitAck,
    SCTPChunkParamAddIPAddr,
    SCTPChunkParamDelIPAddr,
    SCTPChunkParamECNCapable,
    SCTPChunkParamFwdTSN,
    SCTPChunkParamHeartbeatInfo,
    SCTPChunkParamIPv4Addr,
    SCTPChunkParamStateCookie,
    SCTPChunkParamSupportedAddrTypes,
    SCTPChunkSACK,
    SCTPChunkShutdown,
    SCTPChunkShutdownAck,
    SCTPChunkShutdownComplete,
)
from scapy.packet import Packet, Raw

from sentinel.drill.timeline import Play, Timeline
from sentinel.drill.wire.ip import Wire

NGAP_PORT = 38412  # TS 38.412 clause 7
NGAP_PPID = 60
_WINDOW = 131072
_DELAYED_ACK = 0.2  # RFC 9260 clause 6.2
_I_DATA = 64
_FIRST_PIECE, _LAST_PIECE = 2, 1


@dataclass
class Side:
    """One end of an association: its addresses, its tag and what it has sent and heard."""

    addresses: tuple[str, ...]
    port: int
    tag: int
    tsn: int
    heard: int = 0
    owed: int = 0
    sequence: Counter[int] = field(default_factory=Counter)


class Association:
    """An association from `client` (a gNB) to `server` (the AMF); `up` sends from client to server."""

    def __init__(
        self,
        timeline: Timeline,
        wire: Wire,
        random: Random,
        client: tuple[str, ...],
        server: str,
        *,
        interleaved: bool = False,
    ) -> None:
        self._timeline, self._wire, self._random, self._interleaved = timeline, wire, random, interleaved
        self.client = self._side(client, random.randrange(32768, 61000))
        self.server = self._side((server,), NGAP_PORT)
        self.alive = False
        self._last = b""

    def open(self) -> Play[None]:
        """INIT, INIT ACK, COOKIE ECHO, COOKIE ACK (clause 5.1)."""
        cookie = self._random.randbytes(260)
        self._put(self.client, self._init(SCTPChunkInit, self.client, []), tag=0)
        yield 0.0001
        self._put(self.server, self._init(SCTPChunkInitAck, self.server, [SCTPChunkParamStateCookie(cookie=cookie)]))
        yield 0.0007
        self._put(self.client, SCTPChunkCookieEcho(cookie=cookie))
        yield 0.0001
        self._put(self.server, SCTPChunkCookieAck())
        self.alive = True
        yield 0.0005

    def probe(self, port: int) -> Play[None]:
        """An INIT to a port of the server that nothing follows."""
        old, self.server.port = self.server.port, port
        self._put(self.client, self._init(SCTPChunkInit, self.client, []), tag=0)
        self.server.port = old
        yield 0.0001

    def up(self, payload: bytes, stream: int = 0, ppid: int = NGAP_PPID, source: str | None = None) -> None:
        """DATA from the client, from one of its further addresses where `source` says so."""
        self._data(self.client, self.server, payload, stream, ppid, source)

    def down(self, payload: bytes, stream: int = 0, ppid: int = NGAP_PPID) -> None:
        """DATA from the server."""
        self._data(self.server, self.client, payload, stream, ppid, None)

    def repeat(self) -> None:
        """The last packet once more, as when its acknowledgement is lost (clause 6.3.3)."""
        self._timeline.emit(self._last)

    def heartbeat(self, path: str | None = None) -> Play[None]:
        """HEARTBEAT from the server to one of the client's addresses, and its answer (clause 8.3)."""
        address = path or self.client.addresses[0]
        info = SCTPChunkParamHeartbeatInfo(data=self._random.randbytes(36))
        self._put(self.server, SCTPChunkHeartbeatReq(params=[info]), destination=address)
        yield 0.0001
        self._put(self.client, SCTPChunkHeartbeatAck(params=[info]), source=address)

    def move(self, address: str, *, keep: bool = False) -> Play[None]:
        """ASCONF of the client: it has `address` too, or from now on instead (RFC 5061, clause 4.2)."""
        old = self.client.addresses
        self.client.addresses = (*old, address) if keep else (address,)
        number = self.client.tsn
        steps = [SCTPChunkParamAddIPAddr(correlation_id=1, addr=address)]
        steps += [] if keep else [SCTPChunkParamDelIPAddr(correlation_id=2, addr=old[0])]
        for at, step in enumerate(steps):
            lookup = SCTPChunkParamIPv4Addr(addr=(old if at == 0 else self.client.addresses)[0])
            source = old[0] if at == 0 else address
            self._put(self.client, SCTPChunkAddressConf(seq=number + at, params=[lookup, step]), source=source)
            yield 0.0002
            self._put(self.server, SCTPChunkAddressConfAck(seq=number + at), destination=source)
            yield 0.0005

    def abort(self) -> None:
        """ABORT from the server (clause 9.1)."""
        self.alive = False
        self._put(self.server, SCTPChunkAbort())

    def shutdown(self) -> Play[None]:
        """SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE (clause 9.2)."""
        if not self.alive:
            return
        self.alive = False
        self._put(self.client, SCTPChunkShutdown(cumul_tsn_ack=self.client.heard))
        yield 0.0001
        self._put(self.server, SCTPChunkShutdownAck())
        yield 0.0001
        self._put(self.client, SCTPChunkShutdownComplete())

    def _side(self, addresses: tuple[str, ...], port: int) -> Side:
        return Side(addresses, port, self._random.randrange(1, 2**32), self._random.randrange(1, 2**31))

    def _init(self, chunk: Callable[..., Packet], side: Side, more: list[Packet]) -> Packet:
        self._peer(side).heard = side.tsn - 1
        further = side.addresses if len(side.addresses) > 1 else ()
        parameters: list[Packet] = [SCTPChunkParamIPv4Addr(addr=address) for address in further]
        parameters += [SCTPChunkParamSupportedAddrTypes(addr_type_list=[5]), SCTPChunkParamECNCapable(), *more]
        if self._interleaved:
            parameters.append(Raw(pack("!HHBB2x", 0x8008, 6, _I_DATA, 0xC2)))  # supported extensions
        parameters.append(SCTPChunkParamFwdTSN())
        return chunk(
            init_tag=side.tag, a_rwnd=_WINDOW, n_out_streams=10, n_in_streams=10, init_tsn=side.tsn, params=parameters
        )

    def _peer(self, side: Side) -> Side:
        return self.server if side is self.client else self.client

    def _put(
        self,
        side: Side,
        chunks: Packet,
        tag: int | None = None,
        source: str | None = None,
        destination: str | None = None,
    ) -> None:
        peer = self._peer(side)
        header = SCTP(sport=side.port, dport=peer.port, tag=peer.tag if tag is None else tag)
        frame = self._wire.frame(source or side.addresses[0], destination or peer.addresses[0], header / chunks, 132)
        self._last = frame
        self._timeline.emit(frame)

    def _data(self, side: Side, peer: Side, payload: bytes, stream: int, ppid: int, source: str | None) -> None:
        message = side.sequence[stream]
        side.sequence[stream] += 1
        if not self._interleaved:
            self._chunk(side, peer, self._whole(side.tsn, payload, stream, message, ppid), source)
            return
        middle = (len(payload) + 1) // 2
        for at, piece in enumerate((payload[:middle], payload[middle:])):
            flags, word = (_FIRST_PIECE, ppid) if at == 0 else (_LAST_PIECE, at)
            head = pack("!BBHIHHII", _I_DATA, flags, 20 + len(piece), side.tsn, stream, 0, message, word)
            self._chunk(side, peer, Raw(head + piece + bytes(-len(piece) % 4)), source)

    def _whole(self, tsn: int, payload: bytes, stream: int, message: int, ppid: int) -> Packet:
        return SCTPChunkData(
            beginning=1, ending=1, tsn=tsn, stream_id=stream, stream_seq=message, proto_id=ppid, data=payload
        )

    def _chunk(self, side: Side, peer: Side, chunk: Packet, source: str | None) -> None:
        self._put(side, self._sack(side) / chunk if side.owed else chunk, source=source)
        peer.heard = side.tsn
        peer.owed += 1
        side.tsn += 1
        self._timeline.add(self._acknowledge(peer, peer.heard), 0.00004 if peer.owed > 1 else _DELAYED_ACK)

    def _sack(self, side: Side) -> Packet:
        side.owed = 0
        return SCTPChunkSACK(cumul_tsn_ack=side.heard, a_rwnd=_WINDOW)

    def _acknowledge(self, side: Side, heard: int) -> Play[None]:
        """A SACK of its own, unless one went out with DATA meanwhile."""
        if side.owed and side.heard == heard and self.alive:
            self._put(side, self._sack(side))
        yield from ()
