"""Permits: asked for by one, approved by another, over by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from sentinel.access.deciding.permits import Permit, Permits, State
from sentinel.errors import AccessError, AuthorizationError, ConflictError
from sentinel.model.audit import Action
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import PLC, SECOND, TABLET, people

HOUR = 3600.0
NAMES = (TABLET, "tablet", "10.45.0.14")


@dataclass
class _Book:
    control: ControlDatabase
    kept: Kept
    now: float = 1_000_000.0
    permits: Permits = field(init=False)

    def __post_init__(self) -> None:
        self.permits = Permits(self.control, lambda: self.now)

    def asked(self, writer: str = TABLET, target: str = "plc") -> Permit:
        return self.permits.ask(writer, target, self.now, self.now + HOUR, by="ada", reason="repair", ticket="T1")

    def stands(self, at: float | None = None) -> bool:
        self.permits.refresh()
        return self.permits.stands(PLC, NAMES, int((self.now if at is None else at) * SECOND))


@pytest.fixture
def book() -> Iterator[_Book]:
    kept = Kept()
    with closing(ControlDatabase("sqlite://", kept)) as control:
        people(control, "ada", "ben")
        yield _Book(control, kept)


@pytest.mark.parametrize(("writer", "target"), [(TABLET, "plc"), ("tablet", "10.11.6.50")])
def test_it_stands_from_its_approval_to_its_end(book: _Book, writer: str, target: str) -> None:
    """For a terminal or a group, to an address or a role; no past becomes permitted by it."""
    permit = book.asked(writer, target)
    assert not book.stands()
    book.now += 60
    book.permits.approve(permit.id, by="ben")
    assert (book.stands(), book.stands(book.now - 1), book.stands(book.now + HOUR)) == (True, False, False)
    assert [act.action for act in book.kept.acts[-2:]] == [Action.PERMIT_ASKED, Action.PERMIT_APPROVED]
    book.now += HOUR
    assert book.permits.all()[0].state(book.now) is State.EXPIRED


def test_nobody_approves_what_they_asked_for(book: _Book) -> None:
    """Nor with an account that is none, nor twice."""
    permit = book.asked()
    for name, message in (("ada", "another person"), ("eve", "no active account")):
        with pytest.raises(AuthorizationError, match=message):
            book.permits.approve(permit.id, by=name)
    book.permits.approve(permit.id, by="ben")
    with pytest.raises(ConflictError):
        book.permits.approve(permit.id, by="ben")


def test_it_is_refused_or_revoked_at_once(book: _Book) -> None:
    """Once; and it was permitted until then."""
    refused, permit = book.asked(), book.asked()
    assert book.permits.end(refused.id, by="ben").state(book.now) is State.REFUSED
    book.permits.approve(permit.id, by="ben")
    book.now += 60
    assert book.permits.end(permit.id, by="ada").state(book.now) is State.REVOKED
    assert (book.stands(), book.stands(book.now - 1)) == (False, True)
    with pytest.raises(ConflictError):
        book.permits.end(permit.id, by="ada")


@pytest.mark.parametrize(
    ("begins", "ends", "reason"), [(0.0, -1.0, "x"), (HOUR, HOUR, "x"), (0.0, 8 * 24 * HOUR, "x"), (0.0, HOUR, " ")]
)
def test_what_makes_no_permit_is_refused(book: _Book, begins: float, ends: float, reason: str) -> None:
    """A time that is none or too long, and no reason."""
    with pytest.raises(AccessError):
        book.permits.ask(TABLET, "plc", book.now + begins, book.now + ends, by="ada", reason=reason)
    with pytest.raises(AccessError, match="there is no permit"):
        book.permits.end(99, by="ada")


def test_what_has_not_begun_is_coming(book: _Book) -> None:
    """Approved, and not yet good for anything."""
    permit = book.permits.ask(TABLET, "plc", book.now + HOUR, book.now + 2 * HOUR, by="ada", reason="x")
    assert book.permits.approve(permit.id, by="ben").state(book.now) is State.COMING
    assert (book.stands(), book.stands(book.now + HOUR)) == (False, True)
