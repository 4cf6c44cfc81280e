"""What is answered ahead of ASGI, by a front that knows the answer.

The application costs a task, a cycle and two writes for each request, which is more than a decision. So a request that a
front may know is kept until it is whole. Where the front takes it, its answer is written in one piece; otherwise the
request goes on as if nobody had looked at it. While an answer is awaited, what comes behind it on the connection waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from sentinel.api.asking import Asking, Told
from sentinel.api.front import Ask

LARGEST = 16 * 1024  # octets of a body that is kept for a front


class Front(Protocol):
    """Whoever answers ahead of the application."""

    def way(self, method: bytes, path: bytes) -> Ask | None:
        """What may take requests of this method and path, if anything does."""


def nobody(_method: bytes, _path: bytes) -> Ask | None:
    """The way of a front that takes nothing."""


@dataclass(slots=True)
class _Pending:
    """An answer that is awaited, as uvicorn looks at the cycle of a request."""

    response_complete: bool = False
    keep_alive: bool = True
    disconnected: bool = False

    @property
    def message_event(self) -> _Pending:
        """What is told that the connection is lost: the answer looks for that itself."""
        return self

    def set(self) -> None:
        """See `asyncio.Event`."""


class Ahead(HttpToolsProtocol):
    """HTTP/1.1 with a front."""

    def __init__(self, *arguments: Any, front: Front | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._way = front.way if front else nobody
        self._ask: Ask | None = None  # what may take the request that is coming
        self._query, self._body = b"", b""

    @property
    def idle(self) -> bool:
        """Whether no request is read behind its head, and none is answered."""
        return self._ask is None and (self.cycle is None or self.cycle.response_complete)

    def on_headers_complete(self) -> None:
        """See `httptools`."""
        path, _, self._query = self.url.partition(b"?")
        self._ask, self._body = self._way(self.parser.get_method(), path), b""
        if self._ask is None or not self._plain():
            self._let_go()

    def _plain(self) -> bool:
        """Whether nothing is asked but the answer, and no other is awaited."""
        parser, free = self.parser, self.cycle is None or self.cycle.response_complete
        return (
            free and not self.flow.write_paused and not self.expect_100_continue and parser.get_http_version() == "1.1"
            and parser.should_keep_alive() and not parser.should_upgrade()
        )  # fmt: skip

    def _let_go(self) -> None:
        """The request goes the way of all requests."""
        self._ask = None
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)

    def on_body(self, body: bytes) -> None:
        """See `httptools`."""
        if self._ask is None:
            super().on_body(body)
        else:
            self._body += body
            if len(self._body) > LARGEST:
                self._let_go()

    def on_message_complete(self) -> None:
        """See `httptools`."""
        ask, self._ask = self._ask, None
        if ask is not None:
            if self._taken(ask, dict(self.headers)):
                return
            self._let_go()
        super().on_message_complete()

    def _taken(self, ask: Ask, headers: Mapping[bytes, bytes]) -> bool:
        pending = _Pending()
        if len(headers) != len(self.headers):
            return False
        before, self.cycle = self.cycle, pending  # type: ignore[assignment]  # all that is asked of a cycle
        if ask(Asking(self._query, headers, self._body), lambda told: self._answer(pending, told)):
            return True
        self.cycle = before
        return False

    def _answer(self, pending: _Pending, told: Told) -> None:
        if pending.response_complete or self.transport.is_closing():
            return
        pending.response_complete = True
        close = b"" if pending.keep_alive else b"connection: close\r\n"
        lines = b"".join([b"%s: %s\r\n" % each for each in self.server_state.default_headers])
        length = b"content-length: %d\r\n" % len(told.body)
        self.transport.write(
            b"".join((STATUS_LINE[told.status], lines, told.headers, length, close, b"\r\n", told.body))
        )
        if close:
            self.transport.close()
        self.on_response_complete()
