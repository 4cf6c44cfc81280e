"""A body that is too large or too slow is refused before anybody works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from sentinel.web.limits import LARGEST_BODY, BodyLimit

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(body)(scope, receive, send)


def _call(chunks: Iterable[bytes], headers: dict[str, str] | None = None, *, hold: bool = False) -> tuple[int, bytes]:
    """Send `chunks` and say what came back; with `hold` the end of the body never comes."""
    waiting = iter(chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        chunk = next(waiting, None)
        if chunk is None and hold:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    asyncio.run(BodyLimit(_echo, 1000, 0.2)(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_what_fits_arrives_whole() -> None:
    """In however many parts."""
    assert _call([b"a" * 400, b"b" * 600]) == (200, b"a" * 400 + b"b" * 600)
    assert _call([]) == (200, b"")


def test_octets_are_counted_whatever_was_announced() -> None:
    """And no more is read than tells that it is too much."""
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 100

    assert _call(endless(), {"content-length": "5"})[0] == 413
    assert taken == 11


@pytest.mark.parametrize("length", ["1001", "9" * 5000, "0001001"])
def test_a_large_announcement_is_enough(length: str) -> None:
    """Not an octet is read."""
    assert _call([], {"content-length": length}, hold=True)[0] == 413


def test_a_slow_body_is_given_up() -> None:
    """However little of it there is."""
    status, body = _call([b"{"], hold=True)
    assert status == 408
    assert b"did not arrive within 0.2 seconds" in body


@pytest.mark.parametrize("path", ["/api/v1/session", "/login"])
def test_both_doors_are_limited(doors: Doors, path: str) -> None:
    """Without a log-in, and with the headers that every response carries."""
    answer = doors.browser().post(path, content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    assert answer.headers["X-Frame-Options"] == "DENY"
    chunked = doors.browser().post(path, content=iter([b"x" * LARGEST_BODY, b"x"]))
    assert chunked.status_code == 413
