"""The policy information point: from what an enforcement point says to a request with its facts frozen as of a moment.

What it says only finds the terminal and the resource. Groups, device, session, place, trust and permits come from our own
register, history and alerts; what they do not tell is absent, and so grants nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sentinel.access.engine.conditions import POSTURE
from sentinel.access.engine.groups import Groups
from sentinel.access.engine.subject import stranger, subject
from sentinel.access.information.catalogue import Catalogue
from sentinel.access.information.timelines import Past, Timelines, sessions
from sentinel.access.information.trust import Trust
from sentinel.model.access import Fact, Request, Resource, Subject
from sentinel.model.event import Value
from sentinel.site import SitePlan, Terminal
from sentinel.state.history import Held
from sentinel.state.permits import Permits
from sentinel.store.moment import LATEST

SECOND = 10**9
CRITICAL = "critical"  # in the register: not cut without two persons
Permitted = Callable[[Resource, tuple[str, ...], int], bool]
"""Whether one of these names may go to a resource by a permit that stands at a moment."""
_REMEMBERED = 1 << 15  # terminals of which is remembered what follows from what they hold
_DEVICE = 14  # digits of an IMEI: what follows is a check digit, or a version of its software


@dataclass(frozen=True, slots=True)
class Asked:
    """What an enforcement point asks: of whom, by SUPI or by the address that it sees, what and where."""

    resource: Resource
    action: str
    at: int
    supi: str = ""
    address: str = ""
    certificate: str = ""  # that the terminal proved to hold, SM3 of the public key
    begins: tuple[Held, ...] = ()  # what the core itself says of a session that is about to begin, in place of ours


class _Holding(NamedTuple):
    """What a terminal holds, when the sessions began that it may ask from, and what else follows from it."""

    held: Sequence[Held]
    began: tuple[int, ...]
    facts: Mapping[str, Fact]


class Pip:
    """Makes requests. `trust` and `fresh` say what is known of a terminal at a moment, and since when facts are old.

    A permit stands that the site plan has, or that people asked for and others approved (`permitted`). `now`
    knows who holds what at the moment; without it, `past` is asked for that too.
    """

    def __init__(
        self, site: SitePlan, past: Past, trust: Callable[[str, int], Trust], fresh: Callable[[], int],
        permitted: Permitted = lambda *_: False, now: Past | None = None,
    ) -> None:  # fmt: skip
        self._site = site
        self._past, self._now = past, now or past
        self._trust = trust
        self._fresh = fresh
        self._register = {terminal.supi: terminal for terminal in site.terminals}
        self._permits = Permits(site)
        self._permitted = permitted
        self._areas = _areas(site)
        self._subjects = WeakKeyDictionary[Groups, dict[str, Subject]]()  # by the groups of a policy, by SUPI
        self._holdings: dict[tuple[str, str], _Holding] = {}  # by SUPI and the address that it is asked about
        self.catalogue = Catalogue(site)

    def request(self, asked: Asked, groups: Groups) -> tuple[Request, Trust]:
        """The request, and the trust that went into it."""
        supi = asked.supi or self._holder(asked.address, asked.at)
        row = self._register.get(supi)
        if row is None:
            return Request(stranger(supi), self._site.site, asked.resource, asked.action), Trust(0, ())
        held = _beginning(asked.begins, self._held(supi, asked.at))
        trusted = self._trust(supi, asked.at)
        who = self._subject(groups, row, asked.certificate)
        context = self._context(row, asked, held, trusted)
        return Request(who, self._site.site, asked.resource, asked.action, context), trusted

    def _subject(self, groups: Groups, row: Terminal, certificate: str) -> Subject:
        """Whose names they are: without a certificate always the same, as long as the groups are."""
        if certificate:
            return subject(groups, row.supi, filter(None, [row.group]), row.imei, certificate)
        known = self._subjects.get(groups)
        if known is None:
            known = self._subjects[groups] = {}
        found = known.get(row.supi)
        if found is None:
            found = known[row.supi] = subject(groups, row.supi, filter(None, [row.group]), row.imei)
        return found

    def towards(self, request: Request, resource: Resource, asked: Asked) -> Request:
        """The request that was made of `asked`, for another resource: of the facts, only permits depend on that."""
        context, row = request.context, self._register.get(request.subject.supi)
        if row is not None:
            ticket = "yes" if self._stands(resource, (row.supi, row.group, asked.address), asked.at) else "no"
            context = context if context["ticket"] == ticket else {**context, "ticket": ticket}
        return Request(request.subject, request.site, resource, request.action, context)

    def hindsight(self) -> tuple[Pip, Timelines]:
        """The same for traffic of the past: how stale facts were then is not known any more, and taken as not at all."""
        timelines = Timelines(self._past)
        return Pip(self._site, timelines, self._trust, lambda: LATEST, self._permitted), timelines

    def trust(self, supi: str, at: int) -> Trust:
        """The trust in a terminal at a moment."""
        return self._trust(supi, at)

    def stands(self, asked: Asked) -> bool:
        """Whether a permit stands for the terminal and the resource of a request."""
        row = self._register.get(asked.supi)
        return row is not None and self._stands(asked.resource, (row.supi, row.group, asked.address), asked.at)

    @property
    def site(self) -> SitePlan:
        """The site plan, with its registers."""
        return self._site

    def held(self, supi: str, since: int, until: int) -> Sequence[Held]:
        """All that a terminal held in a span, the latest first."""
        return self._past.holdings(supi, since, until)

    @property
    def zone(self) -> str:
        """The time zone of hours."""
        return self._site.time_zone

    def terminals(self) -> Sequence[str]:
        """All terminals of the register."""
        return tuple(self._register)

    def addresses(self, supi: str, at: int) -> Sequence[str]:
        """The addresses that are a terminal's alone at that moment."""
        found = {each.key for each in self._held(supi, at) if each.kind == "address"}
        return sorted(each for each in found if self._holder(each, at) == supi)

    def critical(self) -> Sequence[str]:
        """Terminals that are safety-critical by the register."""
        return tuple(row.supi for row in self._register.values() if row.criticality == CRITICAL)

    def regrouped(self, request: Request, groups: Groups) -> Request:
        """The same request with the groups of another policy."""
        who = request.subject
        row = self._register[who.supi]
        again = self._subject(groups, row, who.certificate)
        return Request(again, request.site, request.resource, request.action, request.context)

    def _holder(self, address: str, at: int) -> str:
        """Whose address it was at that moment; nobody's, if several had it."""
        try:
            plain = str(ipaddress.ip_address(address))
        except ValueError:
            return ""
        found = {str(each.facts.get("fiveg.supi", "")) for each in self._now.holders("address", plain, at)}
        return found.pop() if len(found) == 1 else ""

    def _held(self, supi: str, at: int) -> list[Held]:
        found = self._now.holdings(supi, at, at + 1)
        return [each for each in found if each.since <= at and (each.until is None or each.until > at)]

    def _context(self, row: Terminal, asked: Asked, held: Sequence[Held], trusted: Trust) -> Mapping[str, Fact]:
        holding = self._following(row, asked, held)
        stands = self._stands(asked.resource, (row.supi, row.group, asked.address), asked.at)
        facts: dict[str, Fact] = {
            "time": asked.at, "trust": trusted.score, **holding.facts, **(_posture(trusted) if trusted.terms else _CLEAN),
            "facts_age": max(0, asked.at - self._fresh()) // SECOND, "ticket": "yes" if stands else "no",
        }  # fmt: skip
        if len(ages := {(asked.at - since) // SECOND for since in holding.began}) == 1:
            facts["session_age"] = ages.pop()
        return facts

    def _following(self, row: Terminal, asked: Asked, held: Sequence[Held]) -> _Holding:
        """What follows from what a terminal holds: worked out once, as long as it holds the same."""
        if asked.begins or asked.certificate:
            return self._holding(row, asked, held)
        key = row.supi, asked.address
        found = self._holdings.get(key)
        if found is None or found.held != held:
            if len(self._holdings) >= _REMEMBERED:
                self._holdings.clear()
            found = self._holdings[key] = self._holding(row, asked, held)
        return found

    def _holding(self, row: Terminal, asked: Asked, held: Sequence[Held]) -> _Holding:
        those = sessions(held, asked.address)
        facts = _agreed([_session(each) for each in those])
        facts |= self._place([each for each in held if each.kind == "context"])
        facts["bound"] = _bound(row, held, asked.certificate)
        return _Holding(held, tuple(each.since for each in those), facts)

    def _stands(self, resource: Resource, writers: tuple[str, ...], at: int) -> bool:
        return self._permits.stands(resource.address, writers, at) or self._permitted(resource, writers, at)

    def _place(self, contexts: Sequence[Held]) -> dict[str, Fact]:
        found = [{name: str(value) for name, key in (("cell", "fiveg.nci"), ("tac", "fiveg.tac"))
                  if (value := each.facts.get(key))} for each in contexts]  # fmt: skip
        place = _agreed(found)
        area = self._areas.get(str(place.get("tac", "")))
        return place | ({"area": area} if area else {})


def _posture(trusted: Trust) -> Mapping[str, Fact]:
    return {f"posture:{tag}": "yes" if trusted.clean(tag.partition("-")[2]) else "no" for tag in POSTURE}


_CLEAN: Mapping[str, Fact] = {f"posture:{tag}": "yes" for tag in POSTURE}


def _beginning(begins: Sequence[Held], held: list[Held]) -> list[Held]:
    """What is held, with a session that is about to begin in place of those of its kind."""
    kinds = {each.kind for each in begins}
    return [*begins, *(each for each in held if each.kind not in kinds)] if begins else held


def _areas(site: SitePlan) -> dict[str, str]:
    """The name of the gNB that alone serves a tracking area."""
    found: dict[str, list[str]] = {}
    for gnb in site.gnbs:
        for tac in gnb.tacs:
            found.setdefault(tac, []).append(gnb.name or gnb.id)
    return {tac: names[0] for tac, names in found.items() if len(names) == 1}


def _session(held: Held) -> dict[str, Fact]:
    facts = dict[str, Fact]()
    if dnn := held.facts.get("fiveg.dnn"):
        facts["dnn"] = str(dnn)
    sst, sd = _one(held.facts.get("fiveg.snssai.sst")), _one(held.facts.get("fiveg.snssai.sd"))
    if sst is not None:
        facts["slice"] = f"{sst}-{str(sd).lower()}" if sd else str(sst)
    return facts


def _one(value: Value | None) -> Value | None:
    return value[0] if isinstance(value, tuple) and value else value


def _agreed(several: Sequence[Mapping[str, Fact]]) -> dict[str, Fact]:
    """What all of them say alike: where a terminal has two sessions, which one asks is not known."""
    if len(several) <= 1:
        return dict(several[0]) if several else {}
    first = several[0]
    return {name: value for name, value in first.items() if all(each.get(name) == value for each in several)}


def _bound(row: Terminal, held: Sequence[Held], certificate: str) -> str:
    """`true` if device and certificate are those of the register, `changed` if one is not, `unproved` where nobody saw them."""
    seen = {str(each.facts["fiveg.pei"])[:_DEVICE] for each in held if each.facts.get("fiveg.pei")}
    if row.imei and seen - {row.imei[:_DEVICE]}:
        return "changed"
    if row.certificate and certificate and certificate != row.certificate:
        return "changed"
    proved = bool(row.imei and seen) and bool(certificate or not row.certificate)
    return "true" if proved else "unproved"
