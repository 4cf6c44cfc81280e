"""An SMF that takes Disconnect and CoA (RFC 5176), as far as keys, authenticators and errors go; `radclient` proves it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from pyrad.packet import CoANAK, CoAPacket, DisconnectNAK, DisconnectRequest

SECRET = b"s3cret-of-smf"
KEY_SETS = ({(10415, 1), (10415, 10)}, {44}, {30, 8})
_OTHER = {4, 6, 24, 32, 55, 80}  # attributes beside the keys


@dataclass
class Smf:
    """Sessions by the values of one set of keys each."""

    sessions: set[frozenset[tuple[object, bytes]]] = field(default_factory=set)
    spoil: Callable[[bytes], bytes] = lambda octets: octets  # what becomes of an answer
    proves: bool = True  # that its answers are its own, by a Message-Authenticator
    lose: int = 0  # requests that are lost before one is answered
    requests: list[bytes] = field(default_factory=list)
    seen: dict[bytes, bytes] = field(default_factory=dict)  # answers, for requests that come twice

    def __enter__(self) -> Self:
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.link.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.link.getsockname()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.link.sendto(b"", self.address)
        self.thread.join(5)
        self.link.close()

    def _serve(self) -> None:
        while True:
            octets, peer = self.link.recvfrom(4096)
            if not octets:
                return
            self.requests.append(octets)
            if self.lose:
                self.lose -= 1
                continue
            answer = self.seen.get(octets) or self._answer(octets)
            if answer:
                self.seen[octets] = answer
                self.link.sendto(self.spoil(answer), peer)

    def _answer(self, octets: bytes) -> bytes | None:
        request = CoAPacket(octets[0], secret=SECRET, packet=octets)
        if not request.VerifyCoARequest():
            return None  # RFC 5176, 3.1: in silence
        if 80 in request and not request.verify_message_authenticator():
            return None
        reply, cause = request.CreateReply(), self._cause(request)
        if cause:
            reply.code = DisconnectNAK if request.code == DisconnectRequest else CoANAK
            reply[101] = [struct.pack(">I", cause)]
        if self.proves:
            reply.add_message_authenticator()
        return bytes(reply.ReplyPacket())

    def _cause(self, request: CoAPacket) -> int:
        keys = dict(_keys(request))
        if set(keys) not in KEY_SETS:
            return 404  # more than one set of keys is undefined: this one refuses
        named = frozenset(keys.items())
        if named not in self.sessions:
            return 503
        if request.code == DisconnectRequest:
            self.sessions.discard(named)
            return 0
        return 507 if request.get(6) == [struct.pack(">I", 17)] else 0


def _keys(request: CoAPacket) -> Iterator[tuple[object, bytes]]:
    for key in request:
        for value in request[key] if key not in _OTHER else ():
            if key == 26:  # vendor, type, length, value
                yield (int.from_bytes(value[:4], "big"), value[4]), value[6:]
            else:
                yield key, value


def imsi(supi: str, session: int) -> frozenset[tuple[object, bytes]]:
    """A session by IMSI and NSAPI."""
    return frozenset({((10415, 1), supi.encode()), ((10415, 10), f"{session:X}".encode())})
