"""The second step: a log-in that waits, and does not for ever; factors that are removed and reset; all of it on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.accounts import AccountError
from sentinel.accounts.factors import Method
from sentinel.accounts.roles import Role
from sentinel.errors import AuthenticationError, ConflictError
from tests.people import PASSWORD, People, signed


@pytest.fixture
def people(tmp_path: Path) -> People:
    """Two people."""
    return People(tmp_path)


def test_the_password_alone_opens_nothing(people: People) -> None:
    """What waits is no session."""
    people.with_codes("root")
    with pytest.raises(AuthenticationError):
        people.accounts.authenticate(people.pending("root"))


def test_either_of_two_factors_is_enough(people: People) -> None:
    secret, _ = people.with_codes("root")
    key = people.with_key("root")
    pending = people.pending("root")
    assert people.factors.asked(pending).methods == ("totp", "sm2")
    people.factors.by_answer(pending, signed(people.factors.asked(pending).challenge, key))
    people.factors.by_code(people.pending("root"), people.code(secret))


def test_a_log_in_waits_five_minutes_and_goes_on_once(people: People) -> None:
    secret, recovery = people.with_codes("root")
    pending = people.pending("root")
    people.factors.by_code(pending, people.code(secret))
    late = people.pending("root")
    people.clock.now += 300
    for gone in (pending, late, "nonsense"):
        with pytest.raises(AuthenticationError, match="too long"):
            people.factors.by_code(gone, recovery[0])
    assert people.factors.codes.left("root") == 10


@pytest.mark.parametrize("how", ["password", "deactivated"])
def test_a_log_in_that_waits_ends_with_the_password(people: People, how: str) -> None:
    """Or with the account."""
    secret, _ = people.with_codes("li")
    pending = people.pending("li")
    if how == "password":
        people.accounts.reset_password("li", "a new password 1", by="root")
    else:
        people.accounts.set_active("li", False, by="root")
    with pytest.raises(AuthenticationError):
        people.factors.by_code(pending, people.code(secret))


def test_another_administrator_resets(people: People) -> None:
    """Nobody their own: a stolen session would be rid of it. Sessions end."""
    people.accounts.create("wang", PASSWORD, Role.ADMINISTRATOR, by="root")
    secret, _ = people.with_codes("root")
    people.with_key("root")
    token = people.factors.by_code(people.pending("root"), people.code(secret)).token
    with pytest.raises(ConflictError):
        people.accounts.reset_second_factor("root", by="root")
    people.accounts.reset_second_factor("root", by="wang")
    with pytest.raises(AuthenticationError):
        people.accounts.authenticate(token)
    assert people.accounts.login("root", PASSWORD).account.second == ()


def test_a_reset_forgets_what_failed(people: People) -> None:
    """The next factor is not slowed down by guesses at the last one."""
    people.with_codes("li")
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            people.factors.by_code(people.pending("li"), "000000")
    people.accounts.reset_second_factor("li", by="root")
    secret, _ = people.with_codes("li")
    people.factors.by_code(people.pending("li"), people.code(secret))


def test_removing_needs_the_password(people: People) -> None:
    """Recovery codes go with the last factor, not before."""
    people.with_codes("root")
    people.with_key("root")
    with pytest.raises(AccountError):
        people.factors.remove("root", Method.CODE, "wrong password!")
    people.factors.remove("root", Method.CODE, PASSWORD)
    assert (people.accounts.get("root").second, people.factors.codes.left("root")) == (("sm2",), 10)
    with pytest.raises(AccountError, match="no such"):
        people.factors.remove("root", Method.CODE, PASSWORD)
    people.factors.remove("root", Method.KEY, PASSWORD)
    assert people.factors.codes.left("root") == 0
    people.accounts.login("root", PASSWORD)


def test_every_step_is_recorded(people: People) -> None:
    secret, _ = people.with_codes("li")
    with pytest.raises(AuthenticationError):
        people.factors.by_code(people.pending("li"), "000000")
    people.factors.by_code(people.pending("li"), people.code(secret))
    people.factors.remove("li", Method.CODE, PASSWORD)
    people.accounts.reset_second_factor("li", by="root")
    told = [
        (act.action.value, act.actor, act.target, act.outcome.value, act.details.get("step"), act.details.get("second"))
        for act in people.kept.acts
        if not act.action.value.startswith(("key.", "setup.", "user.added"))
    ]
    assert told == [
        ("user.second_factor_changed", "li", "li", "done", "begun", "totp"),
        ("user.second_factor_changed", "li", "li", "done", "confirmed", "totp"),
        ("session.begun", "li", "", "done", None, None),
        ("session.opened", "li", "", "refused", None, None),
        ("session.begun", "li", "", "done", None, None),
        ("session.opened", "li", "", "done", None, "totp"),
        ("user.second_factor_changed", "li", "li", "done", "removed", "totp"),
        ("user.second_factor_changed", "root", "li", "done", "reset", None),
    ]
