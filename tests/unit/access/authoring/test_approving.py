from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from sentinel.access.authoring.pap import Pap
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.errors import AuthorizationError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import FILES, SITE, people

PASSWORD = "correct horse battery"
DAY = 24 * 3600.0


@dataclass
class _Site:
    pap: Pap
    accounts: Accounts
    now: float = 100 * DAY

    def drafted(self) -> None:
        self.pap.draft(FILES, SITE.time_zone, by="ada", reason="because")
        self.now += 1

    def approved(self, *names: str) -> None:
        for name in names:
            self.pap.approve(1, by=name)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, control_url: str) -> Iterator[_Site]:
    monkeypatch.setattr("sentinel.accounts.accounts.hash_password", lambda _: "hash")  # slow on purpose
    with closing(ControlDatabase(control_url, Kept())) as control:
        people(control, "ada", "ben", "eve")
        made = _Site(Pap(control, lambda: made.now), Accounts(control, lambda: made.now))
        yield made


def _refused(site: _Site, reason: str) -> None:
    with pytest.raises(AuthorizationError, match=reason):
        site.pap.publish(1, by="ada")


def test_who_was_there_and_was_left_alone_counts(site: _Site) -> None:
    site.drafted()
    site.approved("ben", "eve")
    assert site.pap.publish(1, by="ada").published


def test_one_administrator_alone_publishes_nothing_with_accounts_of_their_own(site: _Site) -> None:
    for name in ("one", "two"):
        site.accounts.create(name, PASSWORD, Role.ANALYST, by="ada")
    site.now += 1
    site.drafted()
    site.approved("one", "two")
    _refused(site, "has 0 approvals that count; .*`one` was made or changed by `ada`")
    for name in ("one", "two"):
        site.accounts.set_active(name, active=False, by="ada")
    _refused(site, "`one` is no active account")


def test_who_came_after_the_draft_does_not_count_whoever_made_them(site: _Site) -> None:
    site.drafted()
    site.accounts.create("new", PASSWORD, Role.ANALYST, by="root")
    site.approved("ben", "new")
    _refused(site, "has 1 approvals that count; .*`new` was not there before the draft")


def test_who_may_not_approve_any_more_does_not_count(site: _Site) -> None:
    site.drafted()
    site.approved("ben", "eve")
    site.accounts.set_role("eve", Role.AUDITOR, by="ada")
    _refused(site, "`eve` may not approve")


@pytest.mark.parametrize("by", ["ada", "ben"])
def test_an_account_that_was_taken_over_does_not_count_until_it_was_left_alone_for_days(site: _Site, by: str) -> None:
    site.accounts.reset_password("eve", PASSWORD, by=by)
    site.now += 2 * DAY
    site.drafted()
    site.approved("ben", "eve")
    _refused(site, f"`eve` was made or changed by `{by}`")
    site.now += 2 * DAY
    site.pap.draft(FILES, SITE.time_zone, by="ada", reason="later")
    for name in ("ben", "eve"):
        site.pap.approve(2, by=name)
    assert site.pap.publish(2, by="ada").published


def test_accounts_made_on_the_machine_count_at_once(site: _Site) -> None:
    site.accounts.create("new", PASSWORD, Role.ANALYST, by="root")
    site.now += 1
    site.drafted()
    site.approved("ben", "new")
    assert site.pap.publish(1, by="ada").published


def test_an_approval_counts_for_seven_days_and_is_given_anew(site: _Site) -> None:
    site.drafted()
    site.approved("ben", "eve")
    site.now += 7 * DAY
    assert site.pap.version(1).approvals == ()
    _refused(site, "0 approvals that count; expected 2")
    site.approved("ben", "eve")
    assert site.pap.publish(1, by="ada").published
    site.now += 30 * DAY
    assert set(site.pap.version(1).approvals) == {"ben", "eve"}  # of what is published they are told for ever
