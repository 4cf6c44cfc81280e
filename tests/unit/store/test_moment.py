"""Moments as people and programs write them."""

from datetime import timedelta, timezone

import pytest

from sentinel.errors import QueryError
from sentinel.model.document import timestamp
from sentinel.store.moment import LATEST, parse_moment

NOW = 1_790_000_000_123_456_789


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("now", NOW),
        ("-15m", NOW - 900 * 10**9),
        ("-7d", NOW - 7 * 86400 * 10**9),
        ("1790000000123456789", NOW),
        (timestamp(NOW), NOW),
        ("2026-09-21T14:13:20Z", 1_790_000_000 * 10**9),
        ("2026-09-21T22:13:20.5+08:00", 1_790_000_000 * 10**9 + 5 * 10**8),
        ("2026-09-21 22:13:20", 1_790_000_000 * 10**9),
        ("2026-09-22", 1_790_006_400 * 10**9),
    ],
)
def test_forms(text: str, expected: int | None) -> None:
    """Each form, in a zone eight hours east."""
    assert parse_moment(text, NOW, timezone(timedelta(hours=8))) == expected


@pytest.mark.parametrize("text", ["yesterday", "-5y", "2026-13-01", "2026-02-30T00:00", "12"])
def test_anything_else_is_a_query_error(text: str) -> None:
    """The message names the text."""
    with pytest.raises(QueryError, match=text):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "-999999w",
        "9999999999999999999",
        str(LATEST + 1),
        "1" * 60,
        "9" * 5000,
        "-" + "9" * 5000 + "s",
        "1969-12-31",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "2263-01-01",
        "9" * 5000 + "-01-01",
    ],
)
def test_what_no_store_can_hold_is_a_query_error(text: str) -> None:
    """However long it is, and the message is short."""
    with pytest.raises(QueryError, match="is not a time") as error:
        parse_moment(text, NOW)
    assert len(str(error.value)) < 200


def test_the_first_and_the_last_moment() -> None:
    """Both are taken."""
    assert parse_moment("1970-01-01", NOW) == 0
    assert parse_moment(str(LATEST), NOW) == LATEST
