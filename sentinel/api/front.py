"""The quick way in: what enforcement points ask by the thousand, where it is of its plainest form.

A request that came in one piece, with a token that is good, and of the usual form is decided before anything else looks at
it. Whatever is otherwise goes the way of all requests, which says what is wrong with it: errors are made in one place, and
nothing is answered here that would be answered otherwise there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.api import authzen, enforcement, forward, radius
from sentinel.api.rounds import Rounds
from sentinel.enforcement.registry import Kind
from sentinel.errors import SentinelError
from sentinel.operations.doors import Deciding, Parts

Headers = Mapping[bytes, bytes]
Told = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body of an answer."""
_BEARER = b"bearer "
_EVERYWHERE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Quick(NamedTuple):
    """One path: whose token opens it, what is asked (none where it is not of the plain form), and what is answered."""

    method: str
    kind: Kind
    asked: Callable[[Deciding, bytes, Headers, bytes], Asked | None]  # of the query, the headers and the body
    told: Callable[[Answer, Headers], Told]


QUICK: Mapping[str, Quick] = {
    f"{authzen.PREFIX}/evaluation": Quick("POST", Kind.AUTHZEN, authzen.plain, authzen.told),
    f"{enforcement.PREFIX}/radius": Quick("POST", Kind.DN_AAA, radius.plain, radius.told),
    f"{enforcement.PREFIX}/http": Quick("GET", Kind.HTTP, forward.plain, forward.told),
}


class Front:
    """Middleware, the outermost."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app, self._parts = app, parts
        self._rounds = Rounds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        quick = QUICK.get(scope["path"]) if scope["type"] == "http" else None
        if quick is None or quick.method != scope["method"]:
            await self._app(scope, receive, send)
            return
        first = await receive()
        answer = await self._answered(quick, scope, first)
        if answer is None:
            await self._app(scope, _again(first, receive), send)
            return
        status, headers, body = answer
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *_EVERYWHERE, length]})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, quick: Quick, scope: Scope, first: Message) -> Told | None:
        headers = dict(scope["headers"])
        if first["type"] != "http.request" or first.get("more_body") or len(headers) != len(scope["headers"]):
            return None
        try:
            deciding = self._parts.deciding
            point = deciding.points.admit(_token(headers), quick.kind)
            asked = quick.asked(deciding, scope["query_string"], headers, first.get("body", b""))
        except SentinelError:
            return None
        if asked is None:
            return None
        return quick.told(await self._rounds.decide(deciding.decider, asked, point), headers)


def _token(headers: Headers) -> str:
    said = headers.get(b"authorization", b"")
    return said[len(_BEARER) :].decode("latin-1").strip() if said[: len(_BEARER)].lower() == _BEARER else ""


def _again(first: Message, receive: Receive) -> Receive:
    """A `receive` that gives what came first once more, and after it whatever comes."""
    given = False

    async def the_first_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return the_first_again
