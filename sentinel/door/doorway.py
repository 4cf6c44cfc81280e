"""The doorway: who may connect to the door, how many at once, and how long it waits for them to say what they want.

Connections are counted where they are accepted, before TLS and HTTP, so that silent ones count too. An address (of IPv6
its /64, which is one customer's) has a share, and where the door is full a newcomer takes a place from whoever holds most:
however many connections one address makes, the pages of others are answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from sentinel.crypto.certificate import Identity
from sentinel.crypto.tls import Tls
from sentinel.door.ahead import Ahead, Front
from sentinel.door.gateway import Gate, ingest_alone
from sentinel.operations.doors import CERTIFIED

MOST = 256  # connections
MOST_OF_ONE = 64  # from an address
LONGEST_HANDSHAKE = 10.0  # seconds for TLS
LARGEST_HEAD = 64 * 1024  # octets
LONGEST_HEAD = 10.0  # seconds for the head of a request, from when the connection is there, or from its first octet


class Doorway(socket.socket):
    """A listening socket whose connections are counted; take it in place of the one it is made from."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.family, listening.type, listening.proto, listening.detach())
        self._inside: dict[object, list[Guest]] = defaultdict(list)  # by address, the oldest first

    def accept(self) -> tuple[socket.socket, Any]:
        """See `socket.accept`; raises `ConnectionAbortedError` for a caller who has their share."""
        accepted, address = super().accept()
        guest = Guest(accepted, self, party(address[0]))
        if not self._admits(guest.party):
            guest.close()
            raise ConnectionAbortedError
        self._inside[guest.party].append(guest)
        return guest, address

    def _admits(self, party: object) -> bool:
        """Whether there is a place; where all are taken, the oldest of whoever holds most becomes free."""
        held = len(self._inside.get(party, ()))
        if held >= MOST_OF_ONE:
            return False
        if sum(map(len, self._inside.values())) < MOST:
            return True
        most = max(self._inside.values(), key=len)
        if len(most) <= held + 1:
            return False
        most.pop(0).hang_up()
        return True

    def left(self, guest: Guest) -> None:
        """A connection was closed."""
        guests = self._inside.get(guest.party, [])
        if guest in guests:
            guests.remove(guest)
        if not guests:
            self._inside.pop(guest.party, None)


class Guest(socket.socket):
    """A connection that the doorway counts until it is closed."""

    def __init__(self, accepted: socket.socket, doorway: Doorway, party: object) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self.party = party
        self._doorway = doorway
        # asyncio does so only where the protocol was named; else a body waits for the acknowledgement of its head, 40 ms
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hang_up(self) -> None:
        """End the connection under whoever reads and writes it: they see its end, and close it."""
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """See `socket.close`."""
        self._doorway.left(self)
        super().close()


def party(host: str) -> object:
    """Who shares a share: an IPv4 address, the /64 of an IPv6 address."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or int(address) >> 64


class Prompt(Ahead):
    """HTTP/1.1 with callers who have to be prompt: a head comes in time and is no larger than one is, or the connection ends."""

    _late: asyncio.TimerHandle | None = None
    _head = 0  # octets that came of it, at most: those of what comes with its end count too

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        if self.idle:  # a head is coming
            self._wait()
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self.transport.abort()
        else:
            self._wait_no_more()
            self._head = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(LONGEST_HEAD, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose servers do not wait a minute for a TLS handshake."""

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """See `asyncio.AbstractEventLoop.create_server`."""
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = LONGEST_HANDSHAKE
        return await super().create_server(*arguments, **options)


@dataclass(frozen=True, slots=True)
class Beside:
    """Where collectors connect with certificates of their own."""

    listening: socket.socket
    tls: Tls


class Server(uvicorn.Server):
    """A server with a door, and a gateway beside it; `answers` is called when both take connections."""

    def __init__(
        self, settings: uvicorn.Config, beside: Beside | None, answers: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(settings)
        self._beside, self._answers = beside, answers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server`."""
        await super().startup(sockets)
        if self._beside is not None:
            await self._open(self._beside)
        if self.started:
            self._answers()

    async def _open(self, beside: Beside) -> None:
        """The gateway."""
        tls, settings = beside.tls, _settings(ingest_alone(self.config.loaded_app))

        def inside(identity: Identity) -> Prompt:
            return Prompt(settings, self.server_state, {**self.lifespan.state, CERTIFIED: identity.name})

        loop, doorway = asyncio.get_running_loop(), Doorway(beside.listening)
        self.servers.append(await loop.create_server(lambda: Gate(tls, inside), sock=doorway, backlog=2048))


def _settings(
    app: ASGIApp, certificate: Path | None = None, key: Path | None = None, front: Front | None = None
) -> uvicorn.Config:  # fmt: skip
    http = functools.partial(Prompt, front=front)
    return uvicorn.Config(
        app, http=http, ws="none",  # type: ignore[arg-type]  # it is called, and nothing else is asked of it
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=5, ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip


def server(
    app: ASGIApp, certificate: Path | None = None, key: Path | None = None, beside: Beside | None = None,
    answers: Callable[[], None] = lambda: None, front: Front | None = None,
) -> uvicorn.Server:  # fmt: skip
    """A server of `app`, and of what `front` answers ahead of it; give it to `serve`."""
    return Server(_settings(app, certificate, key, front), beside, answers)


def serve(server: uvicorn.Server, listening: socket.socket) -> None:
    """Answer who connects to `listening`, until the server is told to stop."""
    with asyncio.Runner(loop_factory=Loop) as runner, Doorway(listening) as doorway:
        runner.run(server.serve(sockets=[doorway]))
