"""UE contexts on N2: who a pair of NGAP ids is (TS 38.413, 8.3 and 8.6; TS 24.501, 5.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentinel.model.event import Event
from sentinel.state.associations import Associations, Key
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text, texts
from sentinel.state.identity import STALE, Identity
from sentinel.state.sessions import Session, Sessions

_ASSIGNING = ("nas.registration_accept", "nas.configuration_update_command")


@dataclass(slots=True)
class UeContext:
    """What N2 says of one terminal while its context lasts."""

    identity: Identity = field(default_factory=Identity)
    nci: str = ""
    tac: str = ""
    cipher: str = ""  # the algorithm last selected for it
    sessions: dict[str, Session] = field(default_factory=dict)  # by PDU session id
    association: Key | None = None  # the one that holds it now
    ended: int | None = None


class UeContexts:
    """UE contexts by the RAN's id on its association and by the AMF's id at its AMF."""

    def __init__(self, associations: Associations, sessions: Sessions, cap: int = 200_000) -> None:
        self._associations = associations
        self._sessions = sessions
        self._by_ran: Bounded[tuple[Key, str], UeContext] = Bounded(cap)
        self._by_amf: Bounded[tuple[str, str], UeContext] = Bounded(cap)
        self._temporary: Bounded[str, Identity] = Bounded(cap)  # 5G-TMSI to whom it was given
        self._strongest: Bounded[str, str] = Bounded(cap)  # SUPI to the last algorithm other than NEA0

    def of(self, event: Event) -> UeContext | None:
        """The context of an N2 event.

        A RAN node speaks of contexts of its own association only, whatever AMF id it quotes; the AMF may move one to
        another association (path switch, handover).
        """
        key = self._associations.key(event)
        ran_id, amf_id = _ids(event)
        context = self._by_ran.get((key, ran_id)) if ran_id else None
        if context is None and amf_id:
            context = self._by_amf.get((key[1][0], amf_id))
            if context is not None and context.association != key and self._associations.from_ran(event):
                return None
        if context is None or (context.ended is not None and event.time - context.ended > STALE):
            return None
        return context

    @property
    def evicted(self) -> int:
        """Contexts forgotten because a table was full."""
        return self._by_ran.evicted + self._by_amf.evicted

    def ciphered_before(self, supi: str) -> str:
        """The ciphering algorithm this terminal used, if it ever used one."""
        return self._strongest.get(supi, "")

    def observe(self, event: Event) -> None:
        """Learn from an NGAP or NAS event that names a UE."""
        if not any(_ids(event)):
            return
        context = self._of_or_new(event)
        if event.kind == "ngap.ue_context_release_complete":
            context.ended = event.time
        context.nci = text(event.fields, "fiveg.nci") or context.nci
        context.tac = text(event.fields, "fiveg.tac") or context.tac
        self._identify(context, event)
        if event.kind.startswith("ngap."):
            self._join_sessions(context, event)
        if event.kind == "nas.security_mode_command":
            context.cipher = text(event.fields, "fiveg.nas.cipher")
            if context.identity.supi and context.cipher not in ("", "NEA0"):
                self._strongest[context.identity.supi] = context.cipher

    def _of_or_new(self, event: Event) -> UeContext:
        key = self._associations.key(event)
        ran_id, amf_id = _ids(event)
        context = None if event.kind == "ngap.initial_ue_message" else self.of(event)
        if context is None:
            context = UeContext()
        context.association = key
        if ran_id and self._by_ran.get((key, ran_id)) is not context:
            self._by_ran[(key, ran_id)] = context
        held = self._by_amf.get((key[1][0], amf_id)) if amf_id else None
        if amf_id and held is not context and not (held and held.ended is None and self._associations.from_ran(event)):
            self._by_amf[(key[1][0], amf_id)] = context
        return context

    def _identify(self, context: UeContext, event: Event) -> None:
        fields = event.fields
        suci, supi = text(fields, "fiveg.suci"), text(fields, "fiveg.supi")
        if suci and context.identity.suci not in ("", suci):
            context.identity = Identity()  # the ids were taken over by another terminal
        context.identity.learn(Identity(supi, text(fields, "fiveg.pei"), suci=suci, source="N2"))
        tmsi = text(fields, "fiveg.tmsi")
        if not tmsi:
            return
        if event.kind in _ASSIGNING:
            self._temporary[tmsi] = context.identity
        elif known := self._temporary.get(tmsi):
            context.identity.learn(known)

    def _join_sessions(self, context: UeContext, event: Event) -> None:
        """Tie the tunnels of an NGAP message to sessions: N4's where it knows them, else our own of N2."""
        psis = texts(event.fields, "fiveg.pdu_session.id")
        for side in ("ul", "dl"):
            for psi, tunnel in zip(psis, _tunnels(event, side), strict=False):
                known = self._sessions.of_tunnel(*tunnel, event.time)
                session = known or context.sessions.get(psi) or Session(identity=Identity())
                context.sessions[psi] = session
                session.psi = int(psi) if psi.isdigit() else psi
                context.identity.learn(session.identity)
                session.identity.learn(context.identity)
                self._sessions.join(session, (tunnel,))


def _tunnels(event: Event, side: str) -> Iterator[tuple[str, str]]:
    prefix = f"fiveg.ngap.{side}"
    yield from zip(texts(event.fields, f"{prefix}.address"), texts(event.fields, f"{prefix}.teid"), strict=False)


def _ids(event: Event) -> tuple[str, str]:
    return text(event.fields, "fiveg.ran_ue_ngap_id"), text(event.fields, "fiveg.amf_ue_ngap_id")
