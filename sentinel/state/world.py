"""The world as State knows it: the site plan, what was learnt, and the tables; facts are read off it."""

from __future__ import annotations

import functools
import ipaddress

from sentinel.model.event import Event, Value
from sentinel.site import Network, SitePlan
from sentinel.state.associations import Associations
from sentinel.state.bounded import Bounded
from sentinel.state.contexts import UeContext, UeContexts
from sentinel.state.fields import text
from sentinel.state.sessions import Session, Sessions

LEARNING = 600 * 10**9  # ns after the first event in which a site without a plan is taken as it is


class World:
    """What is true now, as of the last event observed."""

    def __init__(self, site: SitePlan | None) -> None:
        self.site = site
        self.associations = Associations(site.amfs if site else frozenset())
        self.sessions = Sessions()
        self.contexts = UeContexts(self.associations, self.sessions)
        # Where no plan lists them: gNB id and address, and N4 addresses.
        self.learnt_gnbs: Bounded[tuple[str, str], None] = Bounded(10_000)
        self.learnt_n4: Bounded[str, None] = Bounded(10_000)
        self._first: int | None = None
        self._registered = {terminal.ip: terminal for terminal in site.terminals if terminal.ip} if site else {}
        self._in_pools = functools.lru_cache(65536)(functools.partial(_within, site.ue_pools if site else ()))
        self._in_core = functools.lru_cache(65536)(functools.partial(_within, site.core_networks if site else ()))

    def learning(self, now: int) -> bool:
        """There is no site plan, and the first ten minutes are not over."""
        if self._first is None:
            self._first = now
        return self.site is None and now - self._first <= LEARNING

    def in_ue_pool(self, address: str) -> bool:
        """The address belongs to terminals."""
        return self._in_pools(address)

    def core_function(self, address: str) -> str:
        """The name of the core function or gNB at this address (the address where it has none); empty: not the core.

        An asset of the register is no core function even where its address lies in a core network: edge hosts and
        name servers may share one.
        """
        if self.site is not None:
            if address in self.site.asset_addresses:
                return ""
            return self.site.functions.get(address) or (address if self._in_core(address) else "")
        known = address in self.learnt_n4 or self.associations.holds(address) or self.sessions.ends_at(address)
        return address if known else ""

    @property
    def evicted(self) -> int:
        """Entries that full tables had to forget."""
        return self.associations.evicted + self.sessions.evicted + self.contexts.evicted

    def observe(self, event: Event) -> None:
        """Bring the tables up to the event."""
        protocol = event.kind.partition(".")[0]
        if protocol in ("ngap", "sctp"):
            self.associations.observe(event)
        if protocol in ("ngap", "nas"):
            self.contexts.observe(event)
        elif protocol == "pfcp" and self._may_speak_pfcp(event):
            self.sessions.observe(event)

    def _may_speak_pfcp(self, event: Event) -> bool:
        """What a stranger says of sessions is not learnt."""
        peers = self.site.n4_peers if self.site is not None else None
        return not peers or {text(event.fields, "source.ip"), text(event.fields, "destination.ip")} <= peers

    def identity(self, event: Event) -> dict[str, Value]:
        """Fields that say whose the event is and where in the radio network, as far as known."""
        protocol = event.kind.partition(".")[0]
        if protocol in ("ngap", "nas", "sctp"):
            return self._identity_n2(event)
        session = self._session(protocol, event)
        if session is not None:
            return session.facts()
        if protocol == "pfcp" and text(event.fields, "fiveg.supi"):
            return {"fiveg.identity_source": "N4"}  # it says so itself
        return self._identity_register(event) if protocol in ("gtpu", "flow") else {}

    def _identity_n2(self, event: Event) -> dict[str, Value]:
        facts: dict[str, Value] = {"fiveg.gnb.address": self.associations.key(event)[0][0]}
        association = self.associations.of(event)
        if association is not None and association.gnb_id:
            facts |= {"fiveg.gnb.id": association.gnb_id, "fiveg.gnb.name": association.name}
        context = self.contexts.of(event)
        if context is not None:
            facts |= context.identity.facts()
            facts["fiveg.ue.subject"] = self._subject(event, context)
            facts |= {name: v for name, v in (("fiveg.nci", context.nci), ("fiveg.tac", context.tac)) if v}
        return facts

    def _subject(self, event: Event, context: UeContext) -> str:
        """One name for the terminal of a context: who it is, else who it says it is, else which context it has."""
        ids = f"{text(event.fields, 'fiveg.ran_ue_ngap_id')}@{self.associations.key(event)[0][0]}"
        return context.identity.supi or context.identity.suci or ids

    def _session(self, protocol: str, event: Event) -> Session | None:
        fields, now = event.fields, event.time
        if protocol == "pfcp":
            seid = text(fields, "fiveg.pfcp.seid")
            return self.sessions.at(text(fields, "destination.ip"), seid, now) or self.sessions.at(
                text(fields, "source.ip"), text(fields, "fiveg.pfcp.f_seid.seid"), now
            )
        outer = text(fields, "fiveg.gtpu.outer.destination.ip")
        return (
            self.sessions.of_tunnel(outer, text(fields, "fiveg.gtpu.teid"), now)
            or self.sessions.of_address(text(fields, "source.ip"), now)
            or self.sessions.of_address(text(fields, "destination.ip"), now)
        )

    def _identity_register(self, event: Event) -> dict[str, Value]:
        for end in ("source.ip", "destination.ip"):
            terminal = self._registered.get(text(event.fields, end))
            if terminal is not None:
                facts: dict[str, Value] = {"fiveg.supi": terminal.supi, "fiveg.identity_source": "register"}
                return facts | ({"fiveg.pei": terminal.imei} if terminal.imei else {})
        return {}


def _within(networks: tuple[Network, ...], address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
