"""Collectors: who may send events, and nothing else."""

from __future__ import annotations

from sentinel.accounts.enrolment import Enrolment
from sentinel.model.audit import Action
from sentinel.store.control import CollectorToken


class Collectors(Enrolment):
    """All collectors."""

    table = CollectorToken
    noun = "a collector"
    added = Action.COLLECTOR_ADDED
    removed = Action.COLLECTOR_REMOVED
