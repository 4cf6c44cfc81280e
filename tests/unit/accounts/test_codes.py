"""One-time codes and recovery codes: set up, asked for, taken once, throttled, on record."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.errors import AuditError, AuthenticationError, ConflictError
from sentinel.store.control import RecoveryCode, SecondFactor
from tests.people import PASSWORD, People


@pytest.fixture
def people(tmp_path: Path) -> People:
    """Two people."""
    return People(tmp_path)


def test_a_code_is_asked_for_once_it_was_confirmed(people: People) -> None:
    """A secret alone asks for nothing; a wrong code confirms nothing."""
    secret = people.factors.codes.begin("root", PASSWORD).secret
    people.accounts.login("root", PASSWORD)
    with pytest.raises(AccountError):
        people.factors.codes.confirm("root", "000000")
    people.accounts.login("root", PASSWORD)
    people.factors.codes.confirm("root", people.code(secret))
    people.clock.now += 30
    login = people.factors.by_code(people.pending("root"), people.code(secret))
    assert people.accounts.authenticate(login.token).name == "root"


def test_setting_up_needs_the_password_and_ends_other_sessions(people: People) -> None:
    """A stolen session sets up nothing, and does not outlive it."""
    mine, stolen = people.accounts.login("root", PASSWORD).token, people.accounts.login("root", PASSWORD).token
    with pytest.raises(AccountError, match="current password"):
        people.factors.codes.begin("root", "wrong password!")
    secret = people.factors.codes.begin("root", PASSWORD).secret
    people.factors.codes.confirm("root", people.code(secret), mine)
    people.accounts.authenticate(mine)
    with pytest.raises(AuthenticationError):
        people.accounts.authenticate(stolen)
    with pytest.raises(ConflictError):
        people.factors.codes.begin("root", PASSWORD)
    with pytest.raises(AccountError):
        people.factors.codes.confirm("root", people.code(secret))


def test_a_code_is_taken_once(people: People) -> None:
    """Nor is an earlier one after it, though its time is not over."""
    secret, _ = people.with_codes("root")
    earlier, code = people.code(secret), ""
    people.clock.now += 30
    code = people.code(secret)
    people.factors.by_code(people.pending("root"), code)
    for used in (code, earlier):
        with pytest.raises(AuthenticationError, match="used already"):
            people.factors.by_code(people.pending("root"), used)


def test_the_code_that_confirmed_opens_nothing(people: People) -> None:
    secret = people.factors.codes.begin("root", PASSWORD).secret
    code = people.code(secret)
    people.factors.codes.confirm("root", code)
    with pytest.raises(AuthenticationError):
        people.factors.by_code(people.pending("root"), code)


def test_anothers_code_and_an_expired_one_open_nothing(people: People) -> None:
    mine, _ = people.with_codes("root")
    other, _ = people.with_codes("li")
    stale = people.code(mine)
    with pytest.raises(AuthenticationError):
        people.factors.by_code(people.pending("root"), people.code(other))
    people.clock.now += 61
    with pytest.raises(AuthenticationError):
        people.factors.by_code(people.pending("root"), stale)


def test_codes_are_throttled_as_passwords_are(people: People) -> None:
    """The right password does not start their count anew."""
    secret, _ = people.with_codes("root")
    for _ in range(5):
        with pytest.raises(AuthenticationError, match="used already"):
            people.factors.by_code(people.pending("root"), "000000")
    pending = people.pending("root")
    with pytest.raises(TooManyAttemptsError):
        people.factors.by_code(pending, people.code(secret))
    people.clock.now += 901
    people.factors.by_code(people.pending("root"), people.code(secret))


def test_a_recovery_code_is_good_once(people: People) -> None:
    """However it is typed; neither another's nor a replaced one is."""
    _, recovery = people.with_codes("root")
    _, others = people.with_codes("li")
    assert (len(set(recovery)), people.factors.codes.left("root")) == (10, 10)
    people.factors.by_code(people.pending("root"), f" {recovery[0].upper().replace('-', ' ')} ")
    for code in (recovery[0], others[0]):
        with pytest.raises(AuthenticationError):
            people.factors.by_code(people.pending("root"), code)
    assert people.factors.codes.left("root") == 9
    fresh = people.factors.codes.renew("root", PASSWORD)
    with pytest.raises(AuthenticationError):
        people.factors.by_code(people.pending("root"), recovery[1])
    people.clock.now += 3601
    people.factors.by_code(people.pending("root"), fresh[0])


def test_recovery_codes_stand_in_for_something(people: People) -> None:
    with pytest.raises(AccountError):
        people.factors.codes.renew("root", PASSWORD)


def test_no_secret_is_stored_or_recorded(people: People) -> None:
    secret, recovery = people.with_codes("root")
    with people.control.begin() as session:
        stored = str([*session.scalars(select(SecondFactor.sealed)), *session.scalars(select(RecoveryCode.code_hash))])
    for each in (secret, *recovery):
        assert each not in stored
        assert each not in str(people.kept.acts)


def test_who_cannot_be_recorded_sets_up_nothing(people: People) -> None:
    people.kept.full = True
    with pytest.raises(AuditError):
        people.factors.codes.begin("root", PASSWORD)
    people.kept.full = False
    people.accounts.login("root", PASSWORD)
