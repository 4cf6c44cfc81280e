"""The gateway over real sockets: who shows a certificate is known inside, whatever is said in a header."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sentinel.crypto.certificate import Holder, Identity
from sentinel.crypto.tls import Own, Tls
from sentinel.dial import Connection
from sentinel.door import doorway, gateway
from sentinel.errors import AuthenticationError
from sentinel.operations.doors import CERTIFIED
from tests.certificates import BAD, COLLECTOR, SERVICE, SUITE, Pair, authority, bad, good, trust

ROOT = authority()
SERVER = good(ROOT, SERVICE)
TRUST = [trust(ROOT)]


async def shown(request: Request) -> JSONResponse:
    """Who is known, by what came from below and by what was said; and how much was sent."""
    body = await request.body()
    said = [getattr(request.state, CERTIFIED, None), request.headers.get(CERTIFIED), len(body), "x" * 300_000]
    return JSONResponse(said)


APP = Starlette(routes=[Route("/api/v1/ingest/x", shown, methods=["PUT"]), Route("/login", shown)])


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Of a door, and of the gateway beside it."""
    TRUST[0] = trust(ROOT)
    own = Own((SERVER.certificate,), SERVER.key)
    tls = Tls(SUITE, own, lambda: TRUST[0], Holder.COLLECTOR)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        numbers = [int(each.getsockname()[1]) for each in sockets]
        server = doorway.server(APP, beside=doorway.Beside(sockets[1], tls))
        thread = threading.Thread(target=doorway.serve, args=(server, sockets[0]), daemon=True)
        thread.start()
        yield numbers[0], numbers[1]
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def calling(port: int, pair: Pair) -> Connection:
    own = Own((pair.certificate,), pair.key)
    return Connection(Tls(SUITE, own, lambda: trust(ROOT), Holder.SERVICE), "127.0.0.1", port, 10)


def asked(client: Connection) -> None:
    client.request("PUT", "/api/v1/ingest/x")
    client.getresponse()


def test_who_calls_is_known_by_the_certificate(ports: tuple[int, int]) -> None:
    """Over several requests of one connection; large ones, too. A header does not count."""
    with contextlib.closing(calling(ports[1], good(ROOT))) as client:
        for size in (0, 2_000_000):
            client.request("PUT", "/api/v1/ingest/x", bytes(size), {CERTIFIED: "tap2"})
            answer = client.getresponse()
            assert json.loads(answer.read()) == ["tap1", "tap2", size, "x" * 300_000]


def test_only_ingest_is_behind_it(ports: tuple[int, int]) -> None:
    """The console is not; and through the door nobody is known by a certificate."""
    with contextlib.closing(calling(ports[1], good(ROOT))) as client:
        for path in ("/login", "/", "/api/v1/ingestion", "/api/v1/ingest/../login"):
            client.request("GET", path)
            answer = client.getresponse()
            answer.read()
            assert answer.status == 404, path
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", ports[0])) as plain:
        plain.request("PUT", "/api/v1/ingest/x", headers={CERTIFIED: "tap1"})
        assert json.loads(plain.getresponse().read())[:2] == [None, "tap1"]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_does_not_come_in(ports: tuple[int, int], kind: str) -> None:
    """Each row of the table; the collector hears it as what it is."""
    pair, TRUST[0] = bad(ROOT, COLLECTOR)[kind]()
    with contextlib.closing(calling(ports[1], pair)) as client, pytest.raises((AuthenticationError, ConnectionError)):
        asked(client)


def test_an_administrator_is_no_collector(ports: tuple[int, int]) -> None:
    """Though of the same authority."""
    pair = good(ROOT, Identity(Holder.ADMINISTRATOR, "tap1"))
    with contextlib.closing(calling(ports[1], pair)) as client, pytest.raises((AuthenticationError, ConnectionError)):
        asked(client)


def test_who_is_silent_is_hung_up_on(ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """And who speaks no TLS at once; others are served meanwhile."""
    monkeypatch.setattr(gateway, "LONGEST_HANDSHAKE", 0.3)
    with socket.create_connection(("127.0.0.1", ports[1]), 10) as silent:
        with socket.create_connection(("127.0.0.1", ports[1]), 10) as plain:
            plain.sendall(b"PUT /api/v1/ingest/x HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while octets := plain.recv(1000):
                    assert b"HTTP" not in octets
        test_who_calls_is_known_by_the_certificate(ports)
        with contextlib.suppress(ConnectionError):
            assert silent.recv(10) == b""
