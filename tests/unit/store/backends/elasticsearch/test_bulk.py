"""Bulk requests against a server that says what a test wants: what is tried again, what is put aside, what is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from sentinel.errors import StoreError
from sentinel.store.backends.elasticsearch import bulk
from sentinel.store.backends.elasticsearch.address import parse_address
from sentinel.store.backends.elasticsearch.bulk import Bulk
from sentinel.store.backends.elasticsearch.documents import event_line

Answer = Callable[[str, list[dict[str, Any]]], tuple[int, Any]]
BODY = b"".join(event_line(f"{n}", {"event.id": f"{n}"}, n) for n in range(4))
FULL = {"type": "cluster_block_exception", "reason": "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded]"}
WRONG = {
    "type": "document_parsing_exception",
    "reason": "failed to parse field [x]",
    "caused_by": {"reason": "no number"},
}


class Server:
    """Answers bulk requests by a function of the stream and the actions, and remembers them."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _stream, actions: (200, items(*(201 for _ in actions)))
        self.seen: list[tuple[str, list[str]]] = []
        self.length = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                outer.length = int(self.headers["content-length"])
                lines = self.rfile.read(outer.length).split(b"\n")[:-1]
                stream, actions = self.path.split("/")[1], [orjson.loads(line) for line in lines[::2]]
                outer.seen.append((stream, [each["create"]["_id"] for each in actions]))
                status, body = outer.answer(stream, actions)
                octets = orjson.dumps(body)
                self.send_response(status)
                self.send_header("x-elastic-product", "Elasticsearch")
                self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=8")
                self.send_header("content-length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"elasticsearch+http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def items(*statuses: int, error: object = None) -> dict[str, Any]:
    """An answer to a bulk request."""
    told = [{"create": {"status": s, **({"error": error} if s >= 300 else {})}} for s in statuses]
    return {"errors": any(s >= 300 for s in statuses), "items": told}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(bulk, "_PAUSE", 0.001)
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def sender(server: Server) -> Iterator[Bulk]:
    client = parse_address(server.url).client()
    yield Bulk(client, "dead")
    client.close()


def test_what_is_there_already_is_success(server: Server, sender: Bulk) -> None:
    server.answer = lambda *_: (200, items(201, 409, 409, 201, error={"type": "version_conflict_engine_exception"}))
    sender.create("events", BODY)
    assert server.seen == [("events", ["0", "1", "2", "3"])]


def test_only_what_was_turned_away_is_tried_again(server: Server, sender: Bulk) -> None:
    """A node that is overloaded takes some of a request and not the rest."""
    server.answer = lambda _, actions: (200, items(*((201, 429, 201, 429)[: len(actions)] if len(actions) > 2 else (201, 201)),
                                                   error={"type": "es_rejected_execution_exception"}))  # fmt: skip
    sender.create("events", BODY)
    assert server.seen == [("events", ["0", "1", "2", "3"]), ("events", ["1", "3"])]


def test_a_bad_document_goes_aside_with_the_reason_and_holds_up_nothing(server: Server, sender: Bulk) -> None:
    server.answer = lambda stream, actions: (
        200,
        items(201, 400, 201, 201, error=WRONG) if stream == "events" else items(201),
    )
    sender.create("events", BODY)
    assert server.seen == [("events", ["0", "1", "2", "3"]), ("dead", ["1"])]
    assert sender.refused == 1


def test_a_read_only_block_is_said_after_some_tries(server: Server, sender: Bulk) -> None:
    server.answer = lambda _, actions: (200, items(*(429 for _ in actions), error=FULL))
    with pytest.raises(StoreError, match="read-only, its disk is full"):
        sender.create("events", BODY)
    assert len(server.seen) == 4


def test_a_request_that_is_too_large_is_halved(server: Server, sender: Bulk) -> None:
    """And a document that is too large by itself is put aside."""
    server.answer = lambda stream, actions: (
        (413, {"error": "too large"}) if stream == "events" and (len(actions) > 1 or actions[0]["create"]["_id"] == "2")
        else (200, items(*(201 for _ in actions)))
    )  # fmt: skip
    sender.create("events", BODY)
    assert [names for stream, names in server.seen if stream == "dead"] == [["2"]]
    assert [names for stream, names in server.seen if len(names) == 1 and stream == "events"] == [
        ["0"],
        ["1"],
        ["2"],
        ["3"],
    ]


@pytest.mark.parametrize(
    ("status", "said"), [(401, "does not take our name and password"), (403, "lacks a right"), (429, "overloaded")]
)
def test_a_refusal_as_a_whole_is_one_clear_message(server: Server, sender: Bulk, status: int, said: str) -> None:
    server.answer = lambda *_: (status, {"error": {"type": "security_exception", "reason": "no"}, "status": status})
    with pytest.raises(StoreError, match=said):
        sender.create("events", BODY)


def test_a_letter_that_is_too_large_is_sent_in_part(server: Server, sender: Bulk) -> None:
    """Who stands before the cluster takes no large requests: the reason arrives, and how the document begins."""
    server.answer = lambda _, actions: (
        (413, {"error": "too large"}) if server.length > 100_000 else (200, items(*(201 for _ in actions)))
    )
    sender.create("events", event_line("big", {"event.id": "big", "text": "x" * 200_000}, 1) + BODY)
    assert [names for stream, names in server.seen if stream == "dead"] == [["big"], ["big"]]
    assert sender.refused == 1
    assert {name for stream, names in server.seen if stream == "events" for name in names} == {"big", *"0123"}


def test_where_no_letter_is_taken_what_is_refused_waits(server: Server, sender: Bulk) -> None:
    """The index of letters is at fault, and so may the other be: nothing is dropped."""
    server.answer = lambda stream, actions: (200, items(*(400 for _ in actions), error=WRONG))
    with pytest.raises(StoreError, match="dead takes nothing"):
        sender.create("events", BODY)
    assert [names for stream, names in server.seen if stream == "dead"] == [["0", "1", "2", "3"]]
    assert sender.refused == 0


def test_letters_wait_for_a_stream_that_takes_nothing_now(server: Server, sender: Bulk) -> None:
    server.answer = lambda stream, actions: (
        200,
        items(*(400 for _ in actions), error=WRONG)
        if stream == "events"
        else items(*(429 for _ in actions), error=FULL),
    )
    with pytest.raises(StoreError, match="its disk is full"):
        sender.create("events", BODY)
    assert sender.refused == 0


@pytest.mark.parametrize("body", [{"code": 503, "message": "service unavailable"}, [], "<html>"])
def test_what_a_gateway_answers_is_no_success(server: Server, sender: Bulk, body: object) -> None:
    server.answer = lambda *_: (200, body)
    with pytest.raises(StoreError, match="no Elasticsearch"):
        sender.create("events", BODY)
