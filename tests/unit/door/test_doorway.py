"""The doorway: whoever is silent, slow or many shuts it for nobody else. Over real sockets, from several addresses here."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from sentinel.door import doorway
from sentinel.door.doorway import MOST, MOST_OF_ONE, party

Run = Callable[..., int]


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts a server here, and says its port."""
    with ExitStack() as stack:

        def start(certificate: Path | None = None, key: Path | None = None) -> int:
            listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
            port = int(listening.getsockname()[1])
            server = doorway.server(PlainTextResponse("here"), certificate, key)
            thread = threading.Thread(target=doorway.serve, args=(server, listening), daemon=True)
            thread.start()
            stack.callback(end, server, thread)
            return port

        yield start


def end(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = server.force_exit = True
    thread.join(10)
    assert not thread.is_alive()


@contextlib.contextmanager
def crowd(port: int, *sources: str, each: int) -> Iterator[list[socket.socket]]:
    """So many silent connections from each of these addresses."""
    with ExitStack() as stack:
        made = [(source, stack.enter_context(socket.socket())) for source in sources for _ in range(each)]
        for source, one in made:
            one.bind((source, 0))
            one.connect(("127.0.0.1", port))
        yield [one for _, one in made]


def dribble(connection: socket.socket, octets: bytes) -> None:
    """Send one octet now and then."""
    for octet in octets:
        connection.sendall(bytes([octet]))
        time.sleep(0.05)


def ended(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side hangs up in that time."""
    connection.settimeout(seconds)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def asked(port: int, source: str = "127.0.0.1") -> str:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=3, source_address=(source, 0))
    with contextlib.closing(client):
        client.request("GET", "/")
        return client.getresponse().read().decode()


def test_it_says_that_it_answers_when_it_does() -> None:
    """The socket was bound long before."""
    said = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    server = doorway.server(PlainTextResponse("here"), answers=said.set)
    thread = threading.Thread(target=doorway.serve, args=(server, listening), daemon=True)
    assert not said.is_set()
    thread.start()
    assert said.wait(10)
    assert server.started
    assert asked(port) == "here"
    end(server, thread)


def test_however_many_connections_one_address_makes_others_are_answered(run: Run) -> None:
    """And it keeps its share."""
    port = run()
    with crowd(port, "127.0.0.2", each=MOST + 50) as silent:
        assert asked(port) == asked(port, "127.0.0.3") == "here"
        assert sum(ended(one, 0.01) for one in silent) == MOST + 50 - MOST_OF_ONE
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            asked(port, "127.0.0.2")
    time.sleep(0.1)
    assert asked(port, "127.0.0.2") == "here"


def test_many_addresses_that_fill_the_door_leave_places_for_others(run: Run) -> None:
    port = run()
    attackers = [f"127.0.1.{number}" for number in range(1, 7)]
    with crowd(port, *attackers, each=MOST_OF_ONE) as silent:
        assert len(silent) > MOST
        for number in range(1, 20):
            assert asked(port, f"127.0.2.{number}") == "here"


def test_a_head_that_does_not_come_in_time_is_not_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a silent caller nor one that sends an octet now and then; also not on a connection that is kept."""
    monkeypatch.setattr(doorway, "LONGEST_HEAD", 0.4)
    port = run()
    with crowd(port, "127.0.0.1", each=3) as (silent, slow, kept):
        kept.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        while b"here" not in kept.recv(4096):
            pass
        kept.sendall(b"GET / HTTP")
        with pytest.raises(ConnectionError):  # long before it would have come to the end
            dribble(slow, b"GET / HTTP/1.1\r\nHost: " + b"a" * 1000)
        assert all(ended(one, 2) for one in (silent, slow, kept))
    assert asked(port) == "here"


def test_a_head_that_is_too_large_is_not_read_on(run: Run) -> None:
    """However fast it comes; a body may be as large as it is."""
    port = run()
    with crowd(port, "127.0.0.1", each=2) as (endless, large):
        with contextlib.suppress(ConnectionError):
            endless.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(2 * doorway.LARGEST_HEAD // 1024):
                endless.sendall(b"X-Long: " + b"x" * 1014 + b"\r\n")
        assert ended(endless, 2)
        body = b"x" * 4 * doorway.LARGEST_HEAD
        large.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        large.settimeout(2)
        got = b""
        while not got.endswith(b"here"):
            got += large.recv(4096)


def test_a_body_does_not_wait_until_its_head_is_acknowledged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty milliseconds for each answer on a connection that is kept, where nobody says otherwise."""
    prompt, before = set[int](), socket.socket.setsockopt

    def spy(made: socket.socket, *option: Any) -> None:
        before(made, *option)
        if option == (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1):
            prompt.add(made.getpeername()[1])

    monkeypatch.setattr(socket.socket, "setsockopt", spy)
    client = http.client.HTTPConnection("127.0.0.1", run(), timeout=3)
    with contextlib.closing(client):
        client.connect()
        mine = client.sock.getsockname()[1]
        client.request("GET", "/")
        assert client.getresponse().read() == b"here"
    assert mine in prompt


def test_a_handshake_that_does_not_come_in_time_is_not_waited_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it counts as a connection."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
         "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setattr(doorway, "LONGEST_HANDSHAKE", 1.0)
    port = run(tmp_path / "cert.pem", tmp_path / "key.pem")
    with crowd(port, "127.0.0.2", each=MOST_OF_ONE + 5) as silent:
        client = http.client.HTTPSConnection("127.0.0.1", port, timeout=3, context=ssl._create_unverified_context())
        with contextlib.closing(client):
            client.request("GET", "/")
            assert client.getresponse().read() == b"here"
        assert sum(ended(one, 0.01) for one in silent) >= 5
        assert all(ended(one, 3) for one in silent)


def test_of_ipv6_a_network_has_one_share() -> None:
    assert party("2001:db8:1:2::3") == party("2001:db8:1:2:ffff::9") != party("2001:db8:1:3::3")
    assert party("::ffff:192.0.2.1") == party("192.0.2.1") != party("192.0.2.2")
    assert party("fe80::1%lo") == party("fe80::2%lo")
