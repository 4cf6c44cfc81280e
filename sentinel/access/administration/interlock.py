"""The safety interlock: what is safety-critical is never cut by itself; the deny stands on record and waits for two persons.

Safety-critical is a terminal that the register calls critical, and a session on a slice that the site plan tags so; and
whatever has an address in common with one of these, for points stop addresses. What
is industrial is observed by default: the deny is recorded and told, and nothing is cut until people say so, or the site
plan says `enforcement: {ot: enforce}`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sentinel.access.administration.grants import Grant
from sentinel.access.administration.orders import Blast
from sentinel.access.deciding.locks import Subject, Traits
from sentinel.access.information.pip import Asked
from sentinel.access.information.present import Present, Standing
from sentinel.model.enforcement import Binding, Verb
from sentinel.site import SitePlan

CRITICAL = "critical"  # in the register of terminals
SAFETY, OT = "safety", "ot"
_OT_DOMAIN = "edge computing"
_INDUSTRIAL = frozenset({"modbus", "s7", "iec104", "dnp3", "cip", "opcua", "profinet"})


class Interlock:
    """What of a site may be cut without anybody asked."""

    def __init__(self, site: SitePlan) -> None:
        self._site = site
        self._register = {row.supi: row for row in site.terminals}
        self._slices = {str(each) for each in site.slices if each.safety_critical}

    def critical(self, supi: str, standing: Standing | None = None) -> bool:
        """Whether a terminal, or this session of it, is safety-critical."""
        row = self._register.get(supi)
        return (row is not None and row.criticality == CRITICAL) or (
            standing is not None and standing.slice in self._slices
        )

    def bound(self, supi: str, address: str, standing: Standing | None) -> Binding:
        """What a decision about a terminal is bound to, with what may be done to that."""
        if standing is None:
            return Binding(supi, address=address, critical=self.critical(supi))
        binding, critical = standing.binding, self.critical(supi, standing)
        shown = address if address in standing.addresses else binding.address
        if (shown, critical) == (binding.address, binding.critical):
            return binding  # as nearly always, and for every decision
        return replace(binding, address=shown, critical=critical)

    def exposed(self, address: str, present: Present) -> list[Standing]:
        """The safety-critical sessions that have this address now, whoever is meant by it."""
        return [each for each in present.at(address) if self.critical(each.supi, each)] if address else []

    def holds(self, verb: Verb, binding: Binding, asked: Asked | None) -> str:
        """Why a command waits for people; empty where it does not. What people ordered (no `asked`) waits for safety alone."""
        if verb is Verb.REAUTHORISE:
            return ""
        if binding.critical:
            return SAFETY
        observed = self._site.enforcement.ot == "observe"
        return OT if observed and asked is not None and self.industrial(asked) else ""

    def industrial(self, asked: Asked) -> bool:
        """Whether somebody asked for something industrial."""
        asset = self._site.assets_by_address.get(asked.resource.address)
        return asked.action.partition(":")[0] in _INDUSTRIAL or (asset is not None and asset.domain == _OT_DOMAIN)

    def traits(self, standing: Standing) -> Traits:
        """By what locks may mean a session."""
        row = self._register.get(standing.supi)
        device = str(standing.facts.get("fiveg.pei", "")) or (row.imei if row else "")
        return {Subject.SUPI: standing.supi, Subject.IMEI: device, Subject.SLICE: standing.slice,
                Subject.CERTIFICATE: row.certificate if row else "", Subject.SITE: self._site.site}  # fmt: skip

    def blast(self, sessions: Iterable[Standing], grants: Iterable[Grant]) -> Blast:
        """Whom it concerns to cut these sessions, or to take these grants back."""
        lost, held = list(grants), list(sessions)
        supis = sorted({each.supi for each in held} | {each.asked.supi for each in lost})
        counts: dict[str, int] = {}
        for supi in supis:
            group = self._register[supi].group if supi in self._register else ""
            counts[group] = counts.get(group, 0) + 1
        resources = tuple(sorted({str(each.asked.resource) for each in lost}))
        critical = sum(self.critical(each.supi, each) for each in held)
        return Blast(tuple(supis), tuple(sorted(counts.items())), len(held), len(lost), resources, critical)


def session_for(present: Present, supi: str, address: str) -> Standing | None:
    """The session of a terminal that is meant: the one with the address, or the only one."""
    mine = present.sessions(supi)
    found = [each for each in mine if address in each.addresses] if address else list(mine)
    return found[0] if len(found) == 1 else None
