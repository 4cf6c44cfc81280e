"""Shadow: a version that is not in force judges each live request beside the one that is, and nobody is told but its record.

Where the two differ, the record of the decision has what the other one said. So what a shadow costs is one more decision
of the compiled path, it stores nothing of its own, and it has no way to an answer: it sees one that is final.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sentinel.access.authoring.shadowing import DECISION, REASON, RULES, VERSION, Shadows
from sentinel.access.deciding.exceptions import POLICY
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Snapshot
from sentinel.access.information.pip import Pip
from sentinel.errors import SentinelError
from sentinel.model.access import Decision, Request
from sentinel.model.event import PlainEvent, Value

_LOG = logging.getLogger(__name__)


class Shadow:
    """Judges live requests by the version in shadow, if there is one; `refresh` has to be called now and then."""

    def __init__(self, pip: Pip, shadows: Shadows) -> None:
        self._pip = pip
        self.shadows = shadows
        self._pdp: Pdp | None = None

    def refresh(self) -> None:
        """Take up which version is in shadow; raises what reading it does, and then none is."""
        try:
            self._pdp = self._current(self._pdp)
        except SentinelError:
            self._pdp = None
            raise

    def _current(self, pdp: Pdp | None) -> Pdp | None:
        current = self.shadows.current()
        if current is None or (pdp is not None and pdp.snapshot.version == current.version):
            return pdp if current else None
        policy = self.shadows.pap.policy(current.version)
        _LOG.info("policy version %d judges in shadow", current.version)
        return Pdp(Snapshot.of(policy, current.version), _LOG.error)

    def noted(self, event: PlainEvent, request: Request, decision: Decision) -> PlainEvent:
        """The record of a decision of the policy, with what the version in shadow says of it; never raises."""
        pdp = self._pdp
        if pdp is None or decision.reason not in POLICY:
            return event
        try:
            beside = _beside(pdp.decide(self._pip.regrouped(request, pdp.snapshot.policy.groups)), decision)
        except Exception:  # noqa: BLE001  # the record is kept all the same
            _LOG.exception("the version in shadow could not judge a request")
            return event
        return PlainEvent(event.kind, event.time, event.id, event.source, event.packet, {**event.fields, **beside})


def _beside(other: Decision, decision: Decision) -> Mapping[str, Value]:
    fields: dict[str, Value] = {VERSION: other.version}
    if other.allowed is not decision.allowed:
        fields |= {DECISION: "allow" if other.allowed else "deny", REASON: other.reason.value}
        if other.rules:
            fields[RULES] = other.rules
    return fields
