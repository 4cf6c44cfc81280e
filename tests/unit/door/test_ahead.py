"""Ahead of ASGI a front answers what it takes, in order, and all else goes the way of all requests. Over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from functools import partial

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sentinel.api.asking import Asking, Told
from sentinel.api.front import Answered, Ask
from sentinel.door import doorway
from sentinel.door.ahead import LARGEST

BEHIND = 0.05  # seconds after which the front answers `/later`


async def _usual(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"usual {len(await request.body())}")


APP = Starlette(routes=[Route("/{path:path}", _usual, methods=["GET", "POST"])])


class Echo:
    """A front: answers `/now` and `/later` with what it was asked, unless that is `no`."""

    def way(self, method: bytes, path: bytes) -> Ask | None:
        waits = {b"/now": 0.0, b"/later": BEHIND}.get(path) if method == b"POST" else None
        return None if waits is None else partial(self._ask, waits)

    def _ask(self, waits: float, asking: Asking, answered: Answered) -> bool:
        if asking.body == b"no":
            return False
        told = Told(200, b"x-front: yes\r\n", b"front %s?%s" % (asking.body, asking.query))
        asyncio.get_running_loop().call_later(waits, answered, told)
        return True


@pytest.fixture
def served() -> Iterator[tuple[uvicorn.Server, socket.socket]]:
    """A server, and a connection to it."""
    listening, begun = socket.create_server(("127.0.0.1", 0)), threading.Event()
    address = listening.getsockname()
    server = doorway.server(APP, answers=begun.set, front=Echo())
    thread = threading.Thread(target=doorway.serve, args=(server, listening))
    thread.start()
    assert begun.wait(10)
    with socket.create_connection(address, timeout=5) as connection:
        yield server, connection
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def _post(path: str, body: bytes, *lines: str) -> bytes:
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: here", f"Content-Length: {len(body)}", *lines])
    return head.encode() + b"\r\n\r\n" + body


def _answers(connection: socket.socket, number: int) -> list[tuple[bytes, bytes]]:
    """Heads and bodies of so many answers."""
    got, found = b"", list[tuple[bytes, bytes]]()
    while len(found) < number:
        head, blank, rest = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) if blank else 0
        if blank and len(rest) >= length:
            found.append((head, rest[:length]))
            got = rest[length:]
            continue
        said = connection.recv(65536)
        if not said:
            return found
        got += said
    return found


def test_a_front_answers_what_it_takes_and_the_application_the_rest(
    served: tuple[uvicorn.Server, socket.socket],
) -> None:
    connection = served[1]
    for path, body, expected in (
        ("/now?a=1", b"x", b"front x?a=1"), ("/now", b"no", b"usual 2"), ("/other", b"x", b"usual 1"),
        ("/now", b"", b"front ?"), ("/now", b"x" * (LARGEST + 1), b"usual %d" % (LARGEST + 1)),
    ):  # fmt: skip
        connection.sendall(_post(path, body))
        [(head, said)] = _answers(connection, 1)
        assert said == expected
        assert (b"x-front: yes" in head) is expected.startswith(b"front")
        assert b"\r\ndate: " in head


@pytest.mark.parametrize(
    "line",
    ["Connection: close", "Expect: 100-continue", "X-Twice: a\r\nX-Twice: b", "Connection: upgrade\r\nUpgrade: h2c"],
)
def test_who_asks_for_more_than_an_answer_goes_the_usual_way(
    served: tuple[uvicorn.Server, socket.socket], line: str
) -> None:
    served[1].sendall(_post("/now", b"x", line))
    got = b""
    while b"usual" not in got:  # after what may be said before
        got += served[1].recv(65536)
    assert b"x-front" not in got


def test_a_body_that_comes_in_pieces_is_waited_for(served: tuple[uvicorn.Server, socket.socket]) -> None:
    request = _post("/now", b"abcdef")
    for start in range(0, len(request), 20):
        served[1].sendall(request[start : start + 20])
        threading.Event().wait(0.005)
    assert _answers(served[1], 1)[0][1] == b"front abcdef?"


def test_answers_come_in_the_order_of_the_requests(served: tuple[uvicorn.Server, socket.socket]) -> None:
    """What is sent ahead waits for the answer before it."""
    served[1].sendall(
        b"".join([_post("/later", b"1"), _post("/now", b"2"), _post("/other", b"3"), _post("/later", b"4")])
    )
    bodies = [body for _, body in _answers(served[1], 4)]
    assert bodies == [b"front 1?", b"usual 1", b"usual 1", b"usual 1"]
    served[1].sendall(_post("/now", b"5"))
    assert _answers(served[1], 1)[0][1] == b"front 5?"


def test_a_server_that_ends_gives_the_answer_that_is_awaited(served: tuple[uvicorn.Server, socket.socket]) -> None:
    server, connection = served
    connection.sendall(_post("/later", b"1"))
    threading.Event().wait(BEHIND / 5)
    server.should_exit = True
    assert _answers(connection, 1)[0][1] == b"front 1?"
    assert connection.recv(1) == b""


def test_who_hangs_up_is_not_answered_and_holds_up_nobody(served: tuple[uvicorn.Server, socket.socket]) -> None:
    with contextlib.closing(socket.create_connection(served[1].getpeername())) as gone:
        gone.sendall(_post("/later", b"1"))
    threading.Event().wait(2 * BEHIND)
    served[1].sendall(_post("/now", b"2"))
    assert _answers(served[1], 1)[0][1] == b"front 2?"
