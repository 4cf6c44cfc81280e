"""A gateway keeps to what it was told, and says so only when it has done it."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from sentinel.enforcement import wire
from sentinel.enforcement.agent import Follower, Remote
from sentinel.enforcement.feed import Changes, Element
from sentinel.errors import AuthenticationError, ConfigError, EnforcementError, SentinelError
from sentinel.shipping.sender import AwayError, Service

POOLS = ("10.45.0.0/16",)
STOP = Element("quarantine", ("10.45.1.11",))
FIRST, SECOND = Changes("e", 3, True, {STOP: 5.0}, ()), Changes("e", 4, False, {}, (STOP,))


class Told:
    """A source that gives what it was told to, and then ends the following."""

    def __init__(self, given: Sequence[Changes | Exception]) -> None:
        self.given, self.asked = list(given), list[tuple[str, int]]()
        self.lost: list[int] = []
        self.follower: Follower | None = None

    def changes(self, epoch: str, since: int, lost: int = 0) -> Changes:
        self.asked.append((epoch, since))
        self.lost.append(lost)
        given = self.given.pop(0)
        if not self.given and self.follower:
            self.follower.stopping.set()
        if isinstance(given, Exception):
            raise given
        return given


class Sets:
    """Sets that may refuse."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse, self.done = refuse, list[object]()
        self.there, self.begun = True, list[object]()

    def begin(self, pools: Iterable[str]) -> None:
        self.begun.append(pools)
        self.there = True

    def stands(self) -> bool:
        return self.there

    def put(self, elements: dict[Element, float], removed: tuple[Element, ...] = (), *, whole: bool = False) -> None:
        if self.refuse:
            self.refuse -= 1
            raise EnforcementError("no")
        self.done.append((elements, removed, whole))


def _followed(given: Sequence[Changes | Exception], refuse: int = 0) -> tuple[Told, Sets, list[float]]:
    source, sets, pauses = Told(given), Sets(refuse), list[float]()

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    source.follower = Follower(source, sets, POOLS, pause)
    source.follower.run()
    return source, sets, pauses


def test_each_question_says_what_was_done_before() -> None:
    source, sets, pauses = _followed([FIRST, SECOND])
    assert source.asked == [("", -1), ("e", 3)]
    assert sets.done == [({STOP: 5.0}, (), True), ({}, (STOP,), False)]
    assert pauses == []


@pytest.mark.parametrize("error", [AwayError("x"), AuthenticationError("x")])
def test_a_service_that_is_away_is_asked_again_and_nothing_changes_meanwhile(error: Exception) -> None:
    source, sets, pauses = _followed([FIRST, error, error, SECOND])
    assert source.asked == [("", -1), ("e", 3), ("e", 3), ("e", 3)]
    assert (len(sets.done), pauses) == (2, [0.5, 1.0])


def test_what_could_not_be_done_is_asked_for_as_a_whole() -> None:
    source, sets, _ = _followed([FIRST, FIRST], refuse=1)
    assert source.asked == [("", -1), ("", -1)]
    assert len(sets.done) == 1


def test_a_table_that_was_taken_away_is_there_again_closed_and_the_service_hears_of_it() -> None:
    source, sets = Told([FIRST, FIRST, SECOND]), Sets()
    follower = Follower(source, sets, POOLS)
    follower.step()
    follower.look()
    assert sets.begun == []
    sets.there = False
    follower.look()
    assert sets.begun == [POOLS]
    follower.step()
    follower.step()
    assert (source.asked, source.lost) == ([("", -1), ("", -1), ("e", 3)], [0, 1, 0])


def test_a_table_that_is_gone_when_something_changes_is_there_before_the_whole_is_taken() -> None:
    source, sets = Told([FIRST, FIRST]), Sets(refuse=1)
    follower, sets.there = Follower(source, sets, POOLS), False
    with pytest.raises(EnforcementError):
        follower.step()
    follower.step()
    assert (sets.begun, source.lost, len(sets.done)) == ([POOLS], [0, 1], 1)


def test_a_malformed_answer_is_asked_for_as_a_whole() -> None:
    source, _, _ = _followed([FIRST, EnforcementError("x"), FIRST])
    assert source.asked[-1] == ("", -1)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(401, b"", AuthenticationError), (500, b"", AwayError), (200, b"{", EnforcementError), (200, wire.encode(FIRST), None)],
)  # fmt: skip
def test_a_service_is_asked_by_its_token(status: int, body: bytes, error: type[SentinelError] | None) -> None:
    asked: list[tuple[str, str]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        remote = Remote(Service(f"http://127.0.0.1:{server.server_port}", "t0ken"), wait=2)
        if error is None:
            assert remote.changes("e", 3, 2) == FIRST
        else:
            with pytest.raises(error):
                remote.changes("e", 3, 2)
        thread.join()
    assert asked == [("/enforce/v1/feed?epoch=e&since=3&wait=2&lost=2", "Bearer t0ken")]


def test_nobody_there_is_away_and_a_token_goes_nowhere_in_clear() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(AwayError):
        Remote(Service(f"http://127.0.0.1:{port}", "t")).changes("", -1)
    with pytest.raises(ConfigError, match="in clear"):
        Service("http://192.0.2.1", "t")
    with pytest.raises(ConfigError, match="token"):
        Service("https://192.0.2.1", "")
