"""What a request may send: a body of at most a mebibyte, whole within half a minute."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1 << 20
LONGEST_BODY = 30.0  # seconds


class _RefusedError(Exception):
    """The body is not taken, for which `status` is the answer."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class _GoneError(Exception):
    """The caller hung up."""


class BodyLimit:
    """Middleware that reads the body before anybody works on it, and refuses one that is too large or too slow."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY, longest: float = LONGEST_BODY) -> None:
        self._app = app
        self._largest = largest
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_announced(Headers(scope=scope).get("content-length", ""))
            body = await self._read(receive)
        except _GoneError:
            return
        except _RefusedError as refused:
            await _refusal(refused)(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _check_announced(self, length: str) -> None:
        digits = length.strip().lstrip("0")
        if len(digits) > 18 or (digits.isdigit() and int(digits) > self._largest):
            raise self._too_large()

    def _too_large(self) -> _RefusedError:
        return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {self._largest} octets")

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._longest):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise _GoneError
                    body += message.get("body", b"")
                    if len(body) > self._largest:
                        raise self._too_large()
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError as error:
            detail = f"the body did not arrive within {self._longest:g} seconds"
            raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, detail) from error


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives `body`, and after it whatever comes."""
    given = False

    async def first_the_body() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return first_the_body


def _refusal(refused: _RefusedError) -> Response:
    """A problem document; the rest of the body is not waited for."""
    status = refused.status
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": str(refused)}
    return Response(orjson.dumps(body), status, {"Connection": "close"}, "application/problem+json")
