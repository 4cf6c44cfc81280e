"""Records: canonical, one line, and without anybody's identity."""

from __future__ import annotations

import pytest

from sentinel.audit.record import LONGEST, decode, encode, hidden_by
from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action, Detail, Outcome
from sentinel.store.sealing import Clear, Document, Originals

ACT = Act(Action.USER_ADDED, "anna", "ben", details={"role": "analyst"})


def test_a_record_comes_back() -> None:
    octets = encode(7, 1_790_000_000_000_000_000, ACT)
    assert octets == (
        b'{"action":"user.added","actor":"anna","details":{"role":"analyst"},"number":7,"outcome":"done",'
        b'"target":"ben","time":1790000000000000000}'
    )
    record = decode(octets)
    assert (record.number, record.action, record.actor, record.outcome) == (7, Action.USER_ADDED, "anna", Outcome.DONE)


def test_a_text_cannot_pass_for_the_number() -> None:
    tricky: dict[str, Detail] = {"number": 0, "note": '"number":0,"outcome":"done"'}
    act = Act(Action.USER_ADDED, '","number":0,"', '"number":0', details=tricky)
    record = decode(encode(7, 5, act))
    assert (record.number, record.actor, record.target, record.details) == (7, act.actor, act.target, tricky)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("about 999700000000001 and imei-3520990017614823", "about <P> and <P>"),
        ("imsi-999700000000001", "<P>"),
        ("call +8613800138000", "call <P>"),
        ("13800138000, please", "<P>, please"),
        ("10.11.2.10:38412 at 20261130 in ver.1234567890123 and 0018c3f4a512345678901", None),
    ],
)
def test_identities_are_replaced(text: str, expected: str | None) -> None:
    """Numbers as SUPI, PEI and GPSI are go through the seam; addresses, days and digests stay."""
    octets = encode(0, 0, Act(Action.ALERT_CHANGED, "anna", details={"note": text}), lambda _: "<P>")
    assert decode(octets).details["note"] == (text if expected is None else expected)


def test_without_a_key_nothing_of_an_identity_is_written() -> None:
    octets = encode(0, 0, Act(Action.ALERT_CHANGED, "anna", details={"note": "999700000000001"}))
    assert decode(octets).details["note"] == "[withheld]"


def test_a_line_break_does_not_break_the_line() -> None:
    assert b"\n" not in encode(0, 0, Act(Action.ALERT_CHANGED, "anna", details={"note": "two\nlines"}))


@pytest.mark.parametrize("note", ["x" * LONGEST, "\ud800"])
def test_what_cannot_be_a_record_is_refused(note: str) -> None:
    with pytest.raises(AuditError, match=r"an act of `alert.changed`"):
        encode(0, 0, Act(Action.ALERT_CHANGED, "anna", details={"note": note}))


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b'{"number":1}', b"\xff"])
def test_what_is_no_record_is_refused(octets: bytes) -> None:
    with pytest.raises(AuditError, match="not of its form"):
        decode(octets)


class Hiding(Clear):
    """Hides by the name of the field."""

    def hide(self, document: Document) -> tuple[Document, Originals]:
        return {field: f"<{field}:{value}>" for field, value in document.items()}, {}


def test_pseudonyms_are_those_of_the_stores() -> None:
    """By the prefix, or by the length."""
    note = "999700000000001 imei-352099001761482 msisdn-8613800138000 13800138000"
    octets = encode(0, 0, Act(Action.ALERT_CHANGED, "anna", details={"note": note}), hidden_by(Hiding()))
    assert decode(octets).details["note"] == (
        "<fiveg.supi:999700000000001> <fiveg.pei:352099001761482> <fiveg.gpsi:8613800138000> <fiveg.gpsi:13800138000>"
    )
