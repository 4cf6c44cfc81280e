"""A receiver on loopback verifies what it is sent, remembers it, and may fail."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sentinel.crypto.suite import suite
from sentinel.enforcement.points.webhook import Webhook
from sentinel.enforcement.signed import DELIVERY_HEADER, SIGNATURE_HEADER, TIME_HEADER, sign, verify
from sentinel.errors import ConfigError, SignatureError
from sentinel.model.enforcement import Binding, Command, Flow, State, Verb

SUITE, SECRET = suite(), b"shared with the receiver"
STOP = Command(
    Verb.QUARANTINE, "d1", Binding("999700000000001", address="10.45.1.11"), 60, Flow("10.11.6.50", 502, "tcp")
)
CUT = dataclasses.replace(STOP, verb=Verb.CUT, flow=None)


class Receiver(HTTPServer):
    """Does what is signed, once, and answers as told."""

    def __init__(self, answers: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers, self.done, self.deliveries = answers, dict[str, dict[str, object]](), list[str]()
        self.requests = 0


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        try:
            verify(SUITE, SECRET, self.headers[TIME_HEADER], self.headers[SIGNATURE_HEADER], body, time.time())
        except SignatureError:
            status = 401
        else:
            status = self.server.answers.pop(0) if self.server.answers else 200
            if status == 200 and self.headers[DELIVERY_HEADER] not in self.server.deliveries:
                self.server.deliveries.append(self.headers[DELIVERY_HEADER])
                told = json.loads(body)
                for command in told["commands"]:
                    if told["do"] == "apply":
                        self.server.done[command["id"]] = command
                    else:
                        self.server.done.pop(command["id"], None)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Be quiet."""


@contextlib.contextmanager
def receiving(*answers: int) -> Iterator[tuple[Receiver, str]]:
    with Receiver(list(answers)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server, f"http://127.0.0.1:{server.server_port}/commands"
        finally:
            server.shutdown()
            thread.join()


def _point(url: str, secret: bytes = SECRET) -> Webhook:
    return Webhook("soar", url, secret, SUITE, pauses=(0, 0.01, 0.01))


def test_a_receiver_does_what_is_signed_and_takes_it_back() -> None:
    with receiving() as (server, url):
        assert [each.state for each in _point(url).apply([STOP, CUT])] == [State.ACKED] * 2
        assert server.done[STOP.id]["flow"] == {"address": "10.11.6.50", "port": 502, "protocol": "tcp"}
        _point(url).apply([STOP])
        assert (len(server.done), server.requests) == (2, 2)
        _point(url).undo([STOP])
        assert set(server.done) == {CUT.id}


def test_what_fails_for_now_is_tried_again_as_the_same_delivery() -> None:
    with receiving(503, 500) as (server, url):
        assert _point(url).apply([STOP])[0].state is State.ACKED
        assert (server.requests, len(server.deliveries)) == (3, 1)


@pytest.mark.parametrize(
    ("answers", "state", "requests"),
    [((503, 503, 503), State.FAILED, 3), ((400,), State.FAILED, 1), ((202,), State.SENT, 1), ((302,), State.FAILED, 1)],
)  # fmt: skip
def test_an_answer_that_is_no_yes_is_none(answers: tuple[int, ...], state: State, requests: int) -> None:
    with receiving(*answers) as (server, url):
        assert _point(url).apply([STOP])[0].state is state
        assert (server.requests, server.done) == (requests, {})


@pytest.mark.parametrize(
    ("scheme", "head"), [("http", b"HTTP/1.1 200 OK\r\nX: "), ("https", b"\x16\x03\x03\x40\x00"), ("http", b"")]
)
def test_a_receiver_that_drips_holds_up_nobody(scheme: str, head: bytes) -> None:
    """However slowly an answer comes, or a handshake: the exchange is over in its time."""
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        link, _ = listening.accept()
        with link, contextlib.suppress(OSError):
            link.sendall(head)
            while not over.wait(0.05):
                link.sendall(b"x" if head else b"")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        (outcome,) = Webhook("soar", url, SECRET, SUITE, pauses=(0,), seconds=0.3).apply([STOP])
        over.set()  # until then it drips
        thread.join()
    assert outcome.state is State.FAILED
    assert "no whole answer within 0.3 s" in outcome.detail


def test_who_has_another_secret_is_not_heard_and_nobody_there_is_a_failure() -> None:
    with receiving() as (server, url):
        assert _point(url, b"another secret, as long").apply([STOP])[0].detail.endswith("answers 401")
        assert server.done == {}
    assert _point(url).apply([STOP])[0].state is State.FAILED


def test_a_signature_holds_for_its_body_and_its_time() -> None:
    now = 1_800_000_000
    signature = sign(SUITE, SECRET, now, b"body")
    verify(SUITE, SECRET, str(now), signature, b"body", now + 300)
    for said, given, body, at in (
        (str(now), signature, b"Body", now), (str(now + 1), signature, b"body", now), (str(now), signature[:-1] + "x", b"body", now),
        (str(now), signature, b"body", now + 301), (str(now), signature, b"body", now - 301), ("now", signature, b"body", now),
        ("", "", b"body", now),
    ):  # fmt: skip
        with pytest.raises(SignatureError):
            verify(SUITE, SECRET, said, given, body, at)


def test_a_secret_and_an_address_are_looked_at_first() -> None:
    with pytest.raises(ConfigError, match="16 octets"):
        _point("https://192.0.2.1", b"short")
    with pytest.raises(ConfigError, match="in clear"):
        _point("http://192.0.2.1")
