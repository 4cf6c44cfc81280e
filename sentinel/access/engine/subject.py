"""From a terminal to all names by which rules may mean it."""

from __future__ import annotations

from collections.abc import Iterable

from sentinel.access.engine.groups import Groups
from sentinel.access.engine.rule import ANYBODY
from sentinel.model.access import Subject

TAC = 8  # digits of an IMEI that say which type of device it is


def subject(groups: Groups, supi: str, member_of: Iterable[str] = (), pei: str = "", certificate: str = "") -> Subject:
    """A terminal that is known, in these groups and in all that they lie in."""
    inside = [groups.keys(each) for each in member_of]
    several = inside[0] if len(inside) == 1 else sorted({key for each in inside for key in each})
    keys = [ANYBODY, f"supi:{supi}", *several]
    if len(pei) > TAC:
        keys.append(f"imei-tac:{pei[:TAC]}")
    if certificate:
        keys.append(f"cert:{certificate}")
    return Subject(supi, tuple(keys), pei=pei, certificate=certificate)


def stranger(supi: str) -> Subject:
    """Somebody who is not in the register: denied before any rule is asked."""
    return Subject(supi, known=False)
