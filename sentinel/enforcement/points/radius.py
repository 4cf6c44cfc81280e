"""RADIUS Disconnect and CoA, RFC 5176: an SMF or another NAS is told to end a session, or to ask for it again.

A request names its session by exactly one set of keys, as the SMF wants it: what points at different sessions is undefined
behaviour, and attributes that it does not know it passes over in silence. An ACK says that the session was found and its
release begun, not that it ended. An answer without Message-Authenticator is none: its MD5 authenticator can be forged by
who sits between (Blast-RADIUS, CVE-2024-3596).
"""

from __future__ import annotations

import ipaddress
import secrets
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pyrad import packet
from pyrad.packet import CoAACK, CoANAK, CoAPacket, CoARequest, DisconnectACK, DisconnectNAK, DisconnectRequest

from sentinel.enforcement.base import EnforcementPoint
from sentinel.errors import ConfigError
from sentinel.model.enforcement import Binding, Command, Outcome, Verb

PORT = 3799
WAITS = (0.3, 0.6, 1.2)  # seconds for an answer, each time that a request is sent
_AT_ONCE = 200  # requests of one socket: an identifier is one octet
_3GPP = 10415
_CALLED, _FRAMED_IP, _FRAMED_IPV6, _ACCOUNTING = 30, 8, 168, 44
_SERVICE_TYPE, _STATE, _ERROR_CAUSE, _TIMESTAMP, _AUTHENTICATOR = 6, 24, 101, 55, 80
_IMSI, _NSAPI = (_3GPP, 1), (_3GPP, 10)
_AUTHORIZE_ONLY, _INITIATED = 17, 507
_CAUSES = {401: "unsupported attribute", 402: "missing attribute", 403: "nas identification mismatch", 404: "invalid request",
           405: "unsupported service", 406: "unsupported extension", 501: "administratively prohibited",
           503: "session context not found", 504: "session context not removable", 506: "resources unavailable",
           _INITIATED: "request initiated", 508: "multiple session selection unsupported"}  # fmt: skip
_Key = int | tuple[int, int]
_Keys = Mapping[_Key, bytes]


def _by_imsi(binding: Binding) -> _Keys | None:
    if not binding.supi or not 0 < binding.session < 16:
        return None
    return {_IMSI: binding.supi.encode(), _NSAPI: f"{binding.session:X}".encode()}


def _by_accounting(binding: Binding) -> _Keys | None:
    return {_ACCOUNTING: binding.accounting.encode()} if binding.accounting else None


def _by_address(binding: Binding) -> _Keys | None:
    try:
        address = ipaddress.ip_address(binding.address)
    except ValueError:
        return None
    key = _FRAMED_IP if address.version == 4 else _FRAMED_IPV6
    return {_CALLED: binding.dnn.encode(), key: address.packed} if binding.dnn else None


KEYS: Mapping[str, Callable[[Binding], _Keys | None]] = {
    "imsi": _by_imsi,  # 3GPP-IMSI and 3GPP-NSAPI
    "accounting": _by_accounting,  # Acct-Session-Id
    "address": _by_address,  # Called-Station-Id (the DNN) and Framed-IP-Address
}
"""How an SMF has its sessions named: what it is called in settings, and what that takes of a binding."""


@dataclass(slots=True)
class _Asked:
    """A request under way."""

    command: Command
    request: CoAPacket
    octets: bytes
    sent: int = 0
    due: float = field(default=0.0)
    unproved: bool = False  # an answer came, without Message-Authenticator

    @property
    def silence(self) -> str:
        """What came instead of an answer."""
        if self.unproved:
            return "answers have no Message-Authenticator, and are not believed (CVE-2024-3596); have the SMF send it"
        return f"no answer to {self.sent} requests"


class Radius(EnforcementPoint):
    """One SMF that takes Disconnect and CoA. There is no undoing at an SMF: a terminal that was cut may ask again by itself."""

    kind: ClassVar[str] = "radius"
    verbs = frozenset({Verb.CUT, Verb.REAUTHORISE})

    def __init__(
        self, name: str, address: tuple[str, int], secret: bytes, keys: str = "imsi",
        clock: Callable[[], int] = time.time_ns, waits: Sequence[float] = WAITS,
    ) -> None:  # fmt: skip
        super().__init__(name, clock)
        if keys not in KEYS:
            raise ConfigError(f"`{keys}` is no set of keys; expected one of {', '.join(KEYS)}")
        if not secret:
            raise ConfigError("a RADIUS secret has at least one octet")
        self._address, self._secret, self._keys, self._waits = address, secret, KEYS[keys], waits
        self._done: dict[str, int] = {}  # commands that were acknowledged, and until when they hold

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        now = self._clock()
        self._done = {each: until for each, until in self._done.items() if until > now}
        known = [self.acked(each, "done before") for each in commands if each.id in self._done]
        fresh = {each.id: each for each in commands if each.id not in self._done}
        outcomes = [*known, *self._asked(list(fresh.values()))]
        self._done |= {each.command: now + fresh[each.command].ttl * 10**9 for each in outcomes
                       if each.command in fresh and each.state == "acked"}  # fmt: skip
        return outcomes

    def _undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        for each in commands:
            self._done.pop(each.id, None)
        return [self.acked(each, "nothing holds the terminal off: it may ask for a session again") for each in commands]

    def _asked(self, commands: Sequence[Command]) -> Iterator[Outcome]:
        able = {each: keys for each in commands if (keys := self._keys(each.binding)) is not None}
        yield from (
            self.failed(each, "what names the session to this SMF is not known")
            for each in commands
            if each not in able
        )
        waiting = list(able)
        for start in range(0, len(waiting), _AT_ONCE):
            yield from self._exchange({each: able[each] for each in waiting[start : start + _AT_ONCE]})

    def _exchange(self, commands: Mapping[Command, _Keys]) -> Iterator[Outcome]:
        """Ask for these at once, on one socket, each again until it is answered or has waited for long enough."""
        under_way = {number: self._request(number, *each) for number, each in enumerate(commands.items())}
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as link, selectors.DefaultSelector() as ready:
            link.connect(self._address)  # what others send is not read
            link.setblocking(False)
            ready.register(link, selectors.EVENT_READ)
            while under_way:
                yield from self._send(link, under_way)
                if under_way:
                    ready.select(max(0.0, min(each.due for each in under_way.values()) - time.monotonic()))
                    yield from self._read(link, under_way)

    def _send(self, link: socket.socket, under_way: dict[int, _Asked]) -> Iterator[Outcome]:
        now = time.monotonic()
        for number, asked in [*under_way.items()]:
            if asked.due > now:
                continue
            if asked.sent == len(self._waits):
                del under_way[number]
                yield self.failed(asked.command, f"{self._address[0]}: {asked.silence}")
                continue
            asked.due = now + self._waits[asked.sent]
            asked.sent += 1
            _try(lambda asked=asked: link.send(asked.octets))  # type: ignore[misc]

    def _read(self, link: socket.socket, under_way: dict[int, _Asked]) -> Iterator[Outcome]:
        """Answers that are to be relied on; others are as if they had not come."""
        while octets := _try(lambda: link.recv(4096)):
            asked = under_way.get(octets[1] if len(octets) > 1 else -1)
            reply = _verified(asked.request, octets) if asked else None
            if asked is None or reply is None:
                continue
            if _AUTHENTICATOR not in reply:
                asked.unproved = True
                continue
            del under_way[octets[1]]
            yield self._judged(asked.command, reply)

    def _judged(self, command: Command, reply: CoAPacket) -> Outcome:
        if reply.code in {DisconnectACK, CoAACK}:
            return self.acked(command)
        cause = int.from_bytes(reply[_ERROR_CAUSE][0], "big") if _ERROR_CAUSE in reply else 0
        said = f"{_CAUSES.get(cause, 'refused')} ({cause})"
        if command.verb is Verb.REAUTHORISE and cause == _INITIATED:  # RFC 5176, 3.2: this is how it says yes
            return self.acked(command, said)
        return self.failed(command, said)

    def _request(self, number: int, command: Command, keys: _Keys) -> _Asked:
        """The packet: the keys of the session, and against replay when it was made."""
        ends = command.verb is Verb.CUT
        request = CoAPacket(DisconnectRequest if ends else CoARequest, number, self._secret)
        for key, value in keys.items():
            request[key] = [value]
        request[_TIMESTAMP] = [struct.pack(">I", self._clock() // 10**9)]
        if not ends:
            request[_SERVICE_TYPE] = [struct.pack(">I", _AUTHORIZE_ONLY)]
            request[_STATE] = [secrets.token_bytes(8)]
        request.add_message_authenticator()
        return _Asked(command, request, request.RequestPacket())


def _try(act: Callable[[], bytes | int]) -> bytes:
    """What was read; nothing where there is nothing, or nobody is there to hear."""
    try:
        found = act()
    except OSError:
        return b""
    return found if isinstance(found, bytes) else b""


def _verified(request: CoAPacket, octets: bytes) -> CoAPacket | None:
    """The answer, if it is one to this request by who knows the secret."""
    try:
        reply = request.CreateReply(packet=octets)
        good = request.VerifyReply(reply, octets)
    except (packet.PacketError, struct.error, IndexError, ValueError, TypeError, KeyError):
        return None
    expected = {DisconnectACK, DisconnectNAK} if request.code == DisconnectRequest else {CoAACK, CoANAK}
    return reply if good and reply.code in expected else None
