"""What is asked and told as octets: lines of headers are whole."""

from __future__ import annotations

from http import HTTPStatus

from sentinel.api.asking import JSON, Asking, Told


def test_a_line_of_headers_has_its_end() -> None:
    told = Told(HTTPStatus.OK, JSON, b"{}")
    assert told.headers.decode().splitlines(keepends=True) == ["content-type: application/json\r\n"]


def test_headers_are_looked_up_by_their_names() -> None:
    assert Asking(b"", {b"x-request-id": b"7"}, b"").headers[b"x-request-id"] == b"7"
