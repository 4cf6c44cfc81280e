"""What a page about a policy is about: a version, or what the visitor is writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import HTTPException

from sentinel.access.authoring.files import load
from sentinel.access.authoring.pap import Version
from sentinel.access.authoring.workings import Working
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.subject import subject
from sentinel.errors import AccessError
from sentinel.model.access import Subject
from sentinel.web.console import Console
from sentinel.web.visitor import Visitor

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Text:
    """The files, and what they are: `which` is `draft` or the number of a version."""

    which: str
    files: Mapping[str, str]
    zone: str
    version: Version | None = None
    working: Working | None = None

    def policy(self) -> Policy:
        """What they make; raises `PolicyError`."""
        return load(self.files, self.zone)


def text_of(shown: Console, visitor: Visitor, which: str) -> Text:
    """The text that an address means; raises `HTTPException` where there is none."""
    deciding = shown.deciding
    if which == DRAFT:
        working = deciding.workings.of(visitor.name)
        if working is None:
            raise HTTPException(404)
        return Text(which, working.files, deciding.decider.pip.zone, working=working)
    try:
        number = int(which) if which.isdecimal() and len(which) < 10 else 0
        version = deciding.pap.version(number)
    except AccessError as error:
        raise HTTPException(404) from error
    return Text(which, deciding.pap.files(number), version.zone, version)


def live(shown: Console) -> Snapshot:
    """The policy in force; one without rules where none is."""
    return shown.deciding.decider.pdp.snapshot


def register(shown: Console, policy: Policy) -> Sequence[Subject]:
    """The terminals of the register as the rules of a policy name them."""
    rows = shown.deciding.decider.pip.site.terminals
    return [subject(policy.groups, row.supi, filter(None, [row.group]), row.imei, row.certificate) for row in rows]
