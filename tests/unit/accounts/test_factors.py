"""Who has to have a second factor, and what is open to who has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.accounts.factors import Demand, EnrolmentNeededError, admit
from sentinel.accounts.roles import Permission, Role
from sentinel.errors import AuthorizationError
from tests.people import PASSWORD, People


def test_of_whom_it_is_demanded() -> None:
    covered = {demand: [role.value for role in Role if demand.covers(role)] for demand in Demand}
    assert covered == {
        Demand.OFFERED: [],
        Demand.ADMINISTRATORS: ["administrator", "system", "security"],
        Demand.EVERYONE: [role.value for role in Role],
    }


@pytest.mark.parametrize("permission", Permission)
def test_nothing_but_ones_account_is_open_without_it(permission: Permission) -> None:
    """And a role's limits stay its limits."""
    admit(Role.ADMINISTRATOR, permission, confined=False)
    if permission is Permission.ACCOUNT:
        admit(Role.ADMINISTRATOR, permission, confined=True)
    else:
        with pytest.raises(EnrolmentNeededError):
            admit(Role.ADMINISTRATOR, permission, confined=True)
    with pytest.raises(AuthorizationError):
        admit(Role.AUDITOR, Permission.USERS, confined=False)


def test_who_has_one_is_confined_no_more(tmp_path: Path) -> None:
    """An analyst is not where it is demanded of administrators only."""
    people = People(tmp_path, Demand.ADMINISTRATORS)
    token = people.accounts.login("root", PASSWORD).token
    assert people.accounts.authenticate(token).confined
    assert not people.accounts.login("li", PASSWORD).account.confined
    secret = people.factors.codes.begin("root", PASSWORD).secret
    people.factors.codes.confirm("root", people.code(secret), token)
    account = people.accounts.authenticate(token)
    assert (account.confined, account.second) == (False, ("totp",))
    assert {person.name: person.second for person in people.accounts.everyone()} == {"root": ("totp",), "li": ()}
