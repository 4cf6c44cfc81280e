"""Roles and what each may do: casbin judges it by `roles.conf` and `roles.csv`, nothing is implied.

Three administrators hold duties that no role holds together: system, security, audit. `administrator` holds all of them, to
set an installation up; where roles are separated, nobody is that any more once there is a system administrator.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from sentinel.errors import AuthorizationError, ConfigError

_HERE = Path(__file__).parent
MODEL, GRANTED = _HERE / "roles.conf", _HERE / "roles.csv"


class Permission(StrEnum):
    """A thing that a route may ask for."""

    ACCOUNT = "account"  # one's own: log out, password, language
    STATUS = "status"  # how worker and collectors are doing
    READ = "read"  # alerts, events, rules, decisions
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
    SYSTEM = "system"
    SECURITY = "security"
    AUDITOR = "auditor"
    ANALYST = "analyst"


ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.SYSTEM, Role.SECURITY})
"""Of whom more is asked when they log in."""


@cache
def _grants() -> Mapping[Role, frozenset[Permission]]:
    return judged(MODEL, GRANTED)


def judged(model: Path, policy: Path) -> Mapping[Role, frozenset[Permission]]:
    """What casbin grants each role; raises `ConfigError` for names that nobody has, and for duties held together."""
    import casbin  # noqa: PLC0415  # slow to load, and a command that asks for no role does without

    enforcer = casbin.Enforcer(str(model), str(policy))
    enforcer.logger = logging.getLogger(f"{__name__}.silent")  # it would tell every denial, with who asked
    enforcer.logger.disabled = True
    _known(enforcer.get_policy(), enforcer.get_named_policy("p2"))
    found = {role: frozenset(each for each in Permission if enforcer.enforce(role, each)) for role in Role}
    _separated(found, enforcer.get_named_policy("p2"))
    return found


def _known(grants: Iterable[list[str]], exclusive: Iterable[list[str]]) -> None:
    """Casbin passes over what nobody is called."""
    roles, things = {role for role, _ in grants}, {thing for _, thing in grants}
    if wrong := (roles - set(Role)) | (things | {duty for pair in exclusive for duty in pair}) - set(Permission):
        raise ConfigError(f"`{min(wrong)}` is no role or permission; expected those of `sentinel.accounts.roles`")


def _separated(found: Mapping[Role, frozenset[Permission]], exclusive: Iterable[list[str]]) -> None:
    for duty, other in exclusive:
        for role, held in found.items():
            if role is not Role.ADMINISTRATOR and {duty, other} <= held:
                raise ConfigError(f"the role `{role}` holds `{duty}` and `{other}`, which nobody is to hold together")


def granted(role: Role) -> frozenset[Permission]:
    """All that a role may do."""
    return _grants()[role]


def needed(permission: Permission, *, sealed: bool) -> Permission:
    """What a thing that asks for `permission` takes: frames tell in clear what a sealed store hides."""
    return Permission.REVEAL if sealed and permission is Permission.EVIDENCE else permission


def may(role: Role, permission: Permission) -> bool:
    """Whether `role` has `permission`; for showing a button, never for guarding a route."""
    return permission in _grants().get(role, frozenset())


def require(role: Role, permission: Permission) -> None:
    """Return if `role` has `permission`, else raise `AuthorizationError`."""
    if not may(role, permission):
        raise AuthorizationError(f"the role `{role}` may not do this; it needs `{permission}`")
