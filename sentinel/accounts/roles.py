"""Roles and what each may do: one table, nothing implied."""

from __future__ import annotations

from enum import StrEnum

from sentinel.errors import AuthorizationError


class Permission(StrEnum):
    """A thing that a route may ask for."""

    ACCOUNT = "account"  # one's own: log out, password, language
    READ = "read"  # alerts, events, rules, status
    EVIDENCE = "evidence"  # captured frames: they hold subscriber data
    REVEAL = "reveal"  # who a pseudonym stands for, with a reason
    TRIAGE = "triage"  # change the state of alerts
    POLICY = "policy"  # draft and publish who may reach what
    APPROVE = "approve"  # what others drafted
    USERS = "users"  # create, deactivate, change roles
    AUDIT = "audit"  # what everybody did


class Role(StrEnum):
    """What a person is here for."""

    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    AUDITOR = "auditor"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.ANALYST: frozenset(
        {
            Permission.ACCOUNT,
            Permission.READ,
            Permission.EVIDENCE,
            Permission.REVEAL,
            Permission.TRIAGE,
            Permission.APPROVE,
        }
    ),
    Role.AUDITOR: frozenset({Permission.ACCOUNT, Permission.READ, Permission.EVIDENCE, Permission.AUDIT}),
}


def needed(permission: Permission, *, sealed: bool) -> Permission:
    """What a thing that asks for `permission` takes: frames tell in clear what a sealed store hides."""
    return Permission.REVEAL if sealed and permission is Permission.EVIDENCE else permission


def may(role: Role, permission: Permission) -> bool:
    """Whether `role` has `permission`; for showing a button, never for guarding a route."""
    return permission in GRANTS.get(role, frozenset())


def require(role: Role, permission: Permission) -> None:
    """Return if `role` has `permission`, else raise `AuthorizationError`."""
    if not may(role, permission):
        raise AuthorizationError(f"the role `{role}` may not do this; it needs `{permission}`")
