"""What is done and by whom: the vocabulary of the audit log, so that every layer can hand its acts over.

An act is recorded before it takes effect. Who cannot record it does not do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Detail = str | int | bool


class Nameless(str):
    """A detail in which whoever made it has put pseudonyms already: it is written as it is."""

    __slots__ = ()


SERVICE = "service"
"""The actor where nobody in particular acts."""


class Action(StrEnum):
    """What can be done: the noun, then what happens to it."""

    SERVICE_STARTED = "service.started"  # with its configuration
    SERVICE_STOPPED = "service.stopped"
    HEARTBEAT = "audit.heartbeat"  # nothing happened, and somebody was there to write it
    AUDIT_EXPORTED = "audit.exported"
    SETUP_ISSUED = "setup.issued"  # the token that makes the first administrator
    SESSION_BEGUN = "session.begun"  # the password was right, a second factor is asked for
    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  # a name, no password
    SECOND_FACTOR_CHANGED = "user.second_factor_changed"  # `step`, and `second`: by a code or by a key
    PREFERENCES_CHANGED = "user.preferences_changed"
    COLLECTOR_ADDED = "collector.added"
    COLLECTOR_REMOVED = "collector.removed"
    ALERT_CHANGED = "alert.changed"
    RULES_CHANGED = "rules.changed"
    POINT_ADDED = "point.added"  # an enforcement point
    POINT_REMOVED = "point.removed"
    POLICY_DRAFTED = "policy.drafted"
    POLICY_APPROVED = "policy.approved"
    POLICY_PUBLISHED = "policy.published"
    ACCESS_DECIDED = "access.decided"  # the actor is the enforcement point, `entry` what was decided upon
    PERMIT_ASKED = "permit.asked"  # that a terminal or group may go somewhere for a while
    PERMIT_APPROVED = "permit.approved"
    PERMIT_ENDED = "permit.ended"  # refused, or revoked, before its time
    LOCK_SET = "lock.set"  # an extra deny
    LOCK_LIFTED = "lock.lifted"
    GLASS_PROPOSED = "break_glass.proposed"
    GLASS_APPROVED = "break_glass.approved"
    GLASS_OPENED = "break_glass.opened"
    GLASS_CLOSED = "break_glass.closed"
    GLASS_REVIEWED = "break_glass.reviewed"
    ORDER_GIVEN = "order.given"  # to enforcement points: the target is a command, its effect in the details
    ORDER_HELD = "order.held"  # until two persons let it go ahead
    ORDER_APPROVED = "order.approved"
    ORDER_REFUSED = "order.refused"
    ORDER_UNDONE = "order.undone"
    POLICY_SHADOWED = "policy.shadowed"  # `step` in the details: started or ended
    PACKETS_ASKED = "packets.asked"  # of a collector
    PACKETS_READ = "packets.read"  # they hold what subscribers send
    KEY_CHANGED = "key.changed"  # `step` in the details: generated, activated, rotated, retired, destroyed …
    CERTIFICATE_CHANGED = "certificate.changed"  # `step`: issued, renewed, revoked
    BUNDLE_CHANGED = "bundle.changed"  # `kind`, `version`: a signed bundle is taken
    STORE_CHANGED = "store.changed"  # `step`: initialised, rolled over, expired, backed up, restored
    IDENTITY_LOOKED_FOR = "identity.looked_for"  # by an identifier in clear; the target is its pseudonym
    IDENTITY_REVEALED = "identity.revealed"  # the target is a pseudonym; `reason` in the details


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"  # it was recorded as done, and then could not be


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody does something to something. A person's SUPI, PEI or GPSI has no place here: hand over a pseudonym."""

    action: Action
    actor: str  # the name of a user or collector, `SERVICE`, or `command:` and who runs one on the host
    target: str = ""
    outcome: Outcome = Outcome.DONE
    details: Mapping[str, Detail] = field(default_factory=dict)


class Auditor(Protocol):
    """Whoever keeps records of acts."""

    def record(self, *acts: Act) -> None:
        """Keep acts durably, all of them or none; raises `AuditError`, and then they must not take effect."""

    def write(self, *acts: Act) -> None:
        """The same, but durable only some milliseconds later: a kill loses none, a power cut the last of them."""
