"""Roles: one table, nothing implied."""

import pytest

from sentinel.accounts.roles import GRANTS, Permission, Role, may, needed, require
from sentinel.errors import AuthorizationError


def test_every_role_is_in_the_table() -> None:
    """A new role has to be given its rights."""
    assert set(GRANTS) == set(Role)


def test_who_may_triage_and_who_may_keep_users() -> None:
    """Auditors change nothing; only administrators keep users."""
    assert {role for role in Role if may(role, Permission.TRIAGE)} == {Role.ADMINISTRATOR, Role.ANALYST}
    assert {role for role in Role if may(role, Permission.USERS)} == {Role.ADMINISTRATOR}
    require(Role.ANALYST, Permission.TRIAGE)
    with pytest.raises(AuthorizationError, match="auditor"):
        require(Role.AUDITOR, Permission.TRIAGE)


def test_frames_of_a_sealed_store_are_for_those_who_may_know_identifiers() -> None:
    kept = {role for role in Role if may(role, needed(Permission.EVIDENCE, sealed=True))}
    assert kept == {role for role in Role if may(role, Permission.REVEAL)} == set(Role) - {Role.AUDITOR}
    assert needed(Permission.EVIDENCE, sealed=False) is Permission.EVIDENCE
    assert needed(Permission.READ, sealed=True) is Permission.READ
