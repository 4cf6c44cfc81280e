"""The form of policy files: what an administrator may write, and what each of it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from sentinel.access.engine import rule as rules
from sentinel.access.engine.conditions import HIGHEST, POSTURE, Atom, OneOf, Within
from sentinel.access.engine.target import target
from sentinel.model.alert import Domain
from sentinel.state.calendar import end_of, week

_SUBJECT = re.compile(r"any|grp:[\w.-]+|supi:\d{5,15}|imei-tac:\d{8}|cert:[0-9a-f]{64}")
_BOUND = re.compile(r"(>=|<=|<)\s*(\d{1,9})")


def _listed(value: object) -> object:
    """One thing may stand without brackets, and a number is a name."""
    items = value if isinstance(value, list | tuple) else [value]
    return [str(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in items]


def _each(read: Callable[[str], object]) -> AfterValidator:
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            read(value)
        return values

    return AfterValidator(check)


def _subject(text: str) -> None:
    if not _SUBJECT.fullmatch(text):
        raise ValueError(f"`{text}` is no subject; write any, grp:NAME, supi:DIGITS, imei-tac:8 DIGITS or cert:SM3")


def _hours(text: str) -> str:
    week(text)
    return text


def _moment(text: object) -> str:
    if end_of(str(text), "UTC") is None:
        raise ValueError(f"`{text}` is no end; write 2026-12-31 or 2026-12-31T18:00")
    return str(text)


def _bound(text: str) -> str:
    if not _BOUND.fullmatch(text):
        raise ValueError(f"`{text}` is no bound; write `>=60`")
    return text


def _posture(text: str) -> None:
    if text not in POSTURE:
        raise ValueError(f"`{text}` is no posture; expected one of {', '.join(POSTURE)}")


_Names = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=128)], ...], BeforeValidator(_listed),
                   Field(min_length=1, max_length=64)]  # fmt: skip
_Bound = Annotated[str, AfterValidator(_bound)]
_Text = Annotated[str, Field(max_length=400)]


class Form(BaseModel):
    """What is written has this form and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class When(Form):
    """Conditions: all have to hold."""

    slice: _Names | None = None
    dnn: _Names | None = None
    tac: _Names | None = None
    area: _Names | None = None
    cell: _Names | None = None
    rat: _Names | None = None
    time: Annotated[str, AfterValidator(_hours)] | None = None
    until: Annotated[str, BeforeValidator(_moment)] | None = None
    trust: _Bound | None = None
    session_age: _Bound | None = None
    facts_age: _Bound | None = None
    bound: Literal["true", "changed"] | None = None
    posture: Annotated[_Names, _each(_posture)] | None = None
    approved_ticket: Literal[True] | None = None

    def atoms(self, zone: str) -> Iterator[Atom]:
        """The conditions as sets and ranges."""
        for name in ("slice", "dnn", "tac", "area", "cell", "rat"):
            values: tuple[str, ...] | None = getattr(self, name)
            if values is not None:
                yield OneOf(name, frozenset(values))
        if self.time is not None:
            yield Within("minute", week(self.time))
        if self.until is not None:
            yield Within("time", ((0, (end_of(self.until, zone) or 0) - 1),))
        for name, highest in (("trust", 100), ("session_age", HIGHEST), ("facts_age", HIGHEST)):
            bound: str | None = getattr(self, name)
            if bound is not None:
                yield Within(name, (_range(bound, highest),))
        yield from self._named()

    def _named(self) -> Iterator[Atom]:
        if self.bound is not None:
            yield OneOf("bound", frozenset({self.bound}))
        for tag in self.posture or ():
            yield OneOf(f"posture:{tag}", frozenset({"yes"}))
        if self.approved_ticket is not None:
            yield OneOf("ticket", frozenset({"yes"}))


def _range(bound: str, highest: int) -> tuple[int, int]:
    read = _BOUND.fullmatch(bound)
    operator, limit = (read[1], int(read[2])) if read else (">=", highest)
    return {">=": (limit, highest), "<=": (0, limit), "<": (0, limit - 1)}[operator]


class Obligations(Form):
    """What goes with a decision: seconds that it holds, seconds until the next authentication, an alert."""

    ttl: Annotated[int, Field(ge=1, le=86_400)] | None = None
    reauth: Annotated[int, Field(ge=1, le=86_400)] | None = None
    alert: Literal["informational", "low", "medium", "high", "critical"] | None = None


class RuleForm(Form):
    """A rule as written."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    title: _Text
    title_zh: _Text
    effect: Literal["allow", "deny"]
    subject: Annotated[_Names, _each(_subject)]
    resource: Annotated[_Names, _each(target)]
    action: Annotated[_Names, _each(rules.verbs)]
    when: When = When()
    obligations: Obligations = Obligations()
    owner: _Text = ""
    ticket: _Text = ""


class PolicyForm(Form):
    """A file of rules for one site."""

    site: str = Field(min_length=1, max_length=64)
    domain: Domain
    rules: Annotated[tuple[RuleForm, ...], Field(max_length=100_000)]


class GroupsForm(Form):
    """Groups and their members, which are groups of the terminal register or named here."""

    groups: dict[Annotated[str, Field(pattern=r"^[\w.-]+$")], _Names]
