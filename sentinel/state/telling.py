"""Sessions and contexts as facts, for whoever is not in this process: all that a decision is bound to."""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.state.contexts import UeContext
from sentinel.state.sessions import Session, Tunnel

REF, SINCE, SEID, UPLINK, DOWNLINK, GNB = "ref", "since", "seid", "uplink", "downlink", "gnb"
ADDRESSES, QFIS, REVISED = "addresses", "qfis", "revised"


def session_told(session: Session, now: int) -> Told | None:
    """A session, as it is at packet time `now`; none while nobody knows whose it is."""
    if not session.identity.supi:
        return None
    named: dict[str, Value] = {
        SINCE: session.since, SEID: session.ref.rpartition("@")[2] if session.creator else "", UPLINK: _end(session.uls),
        DOWNLINK: _end(session.dls or session.headers), GNB: session.gnb, ADDRESSES: session.ue_ips, QFIS: session.qfis,
        REVISED: now,
    }  # fmt: skip
    return Told(Kind.SESSION, session.ref, now, {**session.facts(), **_known(named)}, over=session.ended is not None)


def context_told(context: UeContext, now: int) -> Told | None:
    """Where the terminal of a context is; none while nobody knows whose it is."""
    if not context.identity.supi or context.association is None:
        return None
    facts = {**context.identity.facts(), "fiveg.nci": context.nci, "fiveg.tac": context.tac, SINCE: context.since,
             GNB: context.association[0][0]}  # fmt: skip
    key = f"{context.since:x}/{context.amf_id}@{context.association[1][0]}"
    return Told(Kind.PLACE, key, now, _known(facts), over=context.ended is not None)


def _end(tunnels: tuple[Tunnel, ...]) -> str:
    """The latest of some tunnels."""
    return "/".join(tunnels[-1]) if tunnels else ""


def _known(facts: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value not in ("", ())}
