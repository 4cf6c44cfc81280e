"""The gateway: where collectors connect by TLS with SM2 certificates (RFC 8998), beside the door.

Who a collector is goes from the handshake to the ingest resource in the state of the connection, never in a header, so that
nobody can say it. Nothing but ingest is behind the gateway.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from sentinel.crypto.certificate import Identity
from sentinel.crypto.tls import Channel, Tls
from sentinel.errors import SentinelError

_LOG = logging.getLogger(__name__)
LONGEST_HANDSHAKE = 10.0  # seconds
BEHIND = "/api/v1/ingest"


class Gate(asyncio.Protocol):
    """TLS below another protocol, which is made by `inner` when the handshake is over."""

    def __init__(self, tls: Tls, inner: Callable[[Identity], asyncio.Protocol]) -> None:
        self._channel, self._make = tls.accepting(), inner
        self._inner: asyncio.Protocol | None = None
        self._refused = False
        self._transport: asyncio.Transport
        self._late: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        self._late = asyncio.get_running_loop().call_later(LONGEST_HANDSHAKE, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._refused:
            return
        try:
            said = self._channel.received(data)
        except SentinelError as error:
            self._refuse(error)
            return
        self._flush()
        if self._inner is None and self._channel.identity is not None:
            self._open(self._channel.identity)
        if said and self._inner is not None:
            self._inner.data_received(said)
        if self._channel.ended:
            self._transport.close()

    def _refuse(self, error: SentinelError) -> None:
        """Say so, and let the other end hang up: it would not hear it over what it sends meanwhile."""
        _LOG.warning("a collector at %s was refused: %s", self._transport.get_extra_info("peername"), error)
        self._refused = True
        self._flush()
        if self._inner is None and not self._transport.is_closing():
            self._transport.write_eof()  # and `_late` goes on
        else:
            self._transport.close()

    def _open(self, identity: Identity) -> None:
        self._late.cancel()
        self._inner = self._make(identity)
        self._inner.connection_made(Inside(self._transport, self._channel))

    def _flush(self) -> None:
        if octets := self._channel.outgoing():
            self._transport.write(octets)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._late.cancel()
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        if self._inner is not None:
            self._inner.resume_writing()


class Inside(asyncio.Transport):
    """The transport of the protocol that is inside."""

    def __init__(self, outside: asyncio.Transport, channel: Channel) -> None:
        super().__init__()
        self._outside, self._channel = outside, channel

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """See `asyncio.Transport`."""
        if not self._outside.is_closing():
            self._channel.send(bytes(data))
            self._outside.write(self._channel.outgoing())

    def close(self) -> None:
        """See `asyncio.Transport`."""
        if not self._outside.is_closing():
            self._channel.end()
            self._outside.write(self._channel.outgoing())
            self._outside.close()

    def abort(self) -> None:
        """See `asyncio.Transport`."""
        self._outside.abort()

    def is_closing(self) -> bool:
        """See `asyncio.Transport`."""
        return self._outside.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """See `asyncio.Transport`; whoever asks whether this is TLS learns so."""
        return self._channel if name == "sslcontext" else self._outside.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._outside.pause_reading()

    def resume_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._outside.resume_reading()

    def is_reading(self) -> bool:
        """See `asyncio.Transport`."""
        return self._outside.is_reading()


def ingest_alone(app: ASGIApp) -> ASGIApp:
    """The application as it is seen through the gateway."""

    async def narrowed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path != BEHIND and not path.startswith(f"{BEHIND}/"):
            scope = {**scope, "path": "/api/v1/-"}  # there is no such resource
        await app(scope, receive, send)

    return narrowed
