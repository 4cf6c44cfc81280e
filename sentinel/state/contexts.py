"""UE contexts on N2: who a pair of NGAP ids is (TS 38.413, 8.3 and 8.6; TS 24.501, 5.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentinel.model.event import Event
from sentinel.state.associations import Associations, Key
from sentinel.state.bounded import Bounded
from sentinel.state.fields import numbers, text, texts
from sentinel.state.identity import STALE, Identity, later
from sentinel.state.ledger import Ledger, NoLedger
from sentinel.state.security import Security
from sentinel.state.sessions import Session, Sessions, grant
from sentinel.state.table import Table

_ASSIGNING = ("nas.registration_accept", "nas.configuration_update_command")
_PREPARED = "ngap.handover_request_acknowledge"
_CLAIMED, _SWITCHED = "ngap.path_switch_request", "ngap.path_switch_request_acknowledge"
_RELEASED = ("ngap.pdu_session_resource_release_response", "ngap.pdu_session_resource_release_command")
_GRANTING = frozenset(
    {"ngap.pdu_session_resource_setup_request", "ngap.pdu_session_resource_modify_request", "ngap.handover_request",
     "ngap.initial_context_setup_request", "ngap.pdu_session_resource_setup_response"}
)  # fmt: skip


@dataclass(slots=True, eq=False)
class UeContext:
    """What N2 says of one terminal while its context lasts."""

    identity: Identity = field(default_factory=Identity)
    since: int = 0
    ran_id: str = ""
    amf_id: str = ""
    nci: str = ""
    tac: str = ""
    tmsi: str = ""
    registration: str = ""  # type of the registration that is going on, or was last
    last: str = ""  # NAS message of the terminal or of the AMF that came last
    initial: bool = False  # it began with an Initial UE Message that was seen
    asked: int = 0  # when the AMF asked for authentication, until it is answered
    commanded: int = 0  # when it commanded security, until that is answered
    target: str = ""  # gNB id that a handover goes to
    capability: tuple[str, ...] = ()  # security capability that the terminal announced
    security: Security = field(default_factory=Security)
    sessions: dict[str, Session] = field(default_factory=dict)  # by PDU session id
    association: Key | None = None  # the one that holds it now
    others: tuple[Key, ...] = ()  # associations that the AMF named it on besides
    connected: bool = True
    handover: int = 0  # when it last moved
    heard: int = 0  # when its RAN node last spoke of it
    release: int = 0  # when a release of it began
    ended: int | None = None


@dataclass(slots=True, eq=False)
class Given:
    """To whom a 5G-TMSI was given, with which security context, and when."""

    identity: Identity
    security: Security
    since: int


class UeContexts(Table):
    """UE contexts by the RAN's id on its association and by the AMF's id at its AMF."""

    kept = ("_by_ran", "_by_amf", "_claims", "_temporary", "_strongest", "_graves", "active")

    def __init__(
        self, associations: Associations, sessions: Sessions, ledger: Ledger | None = None, cap: int = 200_000
    ) -> None:
        self._associations = associations
        self._sessions = sessions
        self._ledger = ledger or NoLedger()
        self._by_ran: Bounded[tuple[Key, str], UeContext] = Bounded(cap)
        self._by_amf: Bounded[tuple[str, str], UeContext] = Bounded(cap)
        # What a RAN node claims in a Path Switch Request: the AMF's id at its source, sessions and their new RAN ends.
        self._claims: Bounded[tuple[Key, str], tuple[str, tuple[tuple[str, str, str], ...]]] = Bounded(10_000)
        self._temporary: Bounded[str, Given] = Bounded(cap)  # by 5G-TMSI
        self._asked: tuple[Event, UeContext | None] | None = None
        self._strongest: Bounded[str, str] = Bounded(cap)  # SUPI to the last algorithm other than NEA0
        self._graves: Bounded[tuple[Key, str], UeContext] = Bounded(cap)  # ended, in that order
        self.active: Bounded[str, int] = Bounded(10_000)  # connected terminals by the address of the RAN node

    def of(self, event: Event) -> UeContext | None:
        """The context of an N2 event, as it was before the event until `observe` has taken it in.

        A RAN node speaks of contexts of its own association only, whatever AMF id it quotes; the AMF may move one to
        another association (path switch, handover).
        """
        if self._asked is None or self._asked[0] is not event:
            self._asked = (event, self._find(event))
        return self._asked[1]

    def _find(self, event: Event) -> UeContext | None:
        key = self._associations.key(event)
        ran_id, amf_id = ids_of(event)
        context = self._by_ran.get((key, ran_id)) if ran_id else None
        if context is None and amf_id:
            context = self._by_amf.get((key[1][0], amf_id))
            if context is not None and context.association != key and self._associations.from_ran(event):
                return None
        if context is None or (context.ended is not None and event.time - context.ended > STALE):
            return None
        return _begun(context, event.time)

    def named(self, amf: str, amf_id: str, now: int) -> UeContext | None:
        """The context that the AMF knows by this id, whoever speaks of it."""
        return _begun(self._by_amf.get((amf, amf_id)), now)

    def at(self, key: Key, ran_id: str, now: int) -> UeContext | None:
        """The context that the RAN node knows by this id."""
        return _begun(self._by_ran.get((key, ran_id)), now)

    def of_tmsi(self, tmsi: str, now: int) -> Identity | None:
        """Whom a 5G-TMSI was given."""
        given = self._given(tmsi, now)
        return given.identity if given is not None else None

    def _given(self, tmsi: str, now: int) -> Given | None:
        given = self._temporary.get(tmsi)
        return None if given is None or later(given.since, now) else given

    def security_of(self, event: Event, context: UeContext | None) -> Security | None:
        """The security context that a message is protected with: an idle terminal comes back with its old one."""
        if context is not None and context.security.active:
            return context.security
        given = self._given(text(event.fields, "fiveg.tmsi"), event.time)
        if given is not None:
            return given.security
        return context.security if context is not None else None

    def ciphered_before(self, supi: str) -> str:
        """The ciphering algorithm this terminal used, if it ever used one."""
        return self._strongest.get(supi, "")

    def observe(self, event: Event) -> UeContext | None:
        """Learn from an NGAP or NAS event that names a UE; the context it is about."""
        if not any(ids_of(event)) or self._succeeded(event):
            return None
        if event.kind == _CLAIMED:
            self._claim(event)  # a claim, until the AMF acknowledges it
            return None
        context = (self._switched(event) if event.kind == _SWITCHED else None) or self._of_or_new(event)
        self._asked = (event, context)
        before, placed = context.identity.supi, _placed(context)
        context.nci = text(event.fields, "fiveg.nci") or context.nci
        context.tac = text(event.fields, "fiveg.tac") or context.tac
        if self._associations.from_ran(event):
            context.heard = event.time
        self._identify(context, event)
        if event.kind.startswith("ngap."):
            self._join_sessions(context, event)
            self._live(context, event)
        if context.identity.supi != before:
            self._tell(context)
        if _placed(context) != placed:
            self._ledger.changed(context)
        if event.kind == "nas.security_mode_command":
            cipher = text(event.fields, "fiveg.nas.cipher")
            if context.identity.supi and cipher not in ("", "NEA0"):
                self._strongest[context.identity.supi] = cipher
        return context

    def _succeeded(self, event: Event) -> bool:
        """The event is of the past, and a context that began after it lives under its ids."""
        key = self._associations.key(event)
        ran_id, amf_id = ids_of(event)
        held = (self._by_ran.get((key, ran_id)), self._by_amf.get((key[1][0], amf_id)))
        return any(each is not None and each.ended is None and later(each.since, event.time) for each in held)

    def _claim(self, event: Event) -> None:
        ran_id, amf_id = ids_of(event)
        psis = texts(event.fields, "fiveg.pdu_session.id")
        ends = tuple((psi, *tunnel) for psi, tunnel in zip(psis, _tunnels(event, "dl"), strict=False))
        key = self._associations.key(event)
        self._claims[key, ran_id] = (amf_id, ends)
        context = self._by_amf.get((key[1][0], amf_id))
        for session in context.sessions.values() if context is not None else ():
            session.touched = event.time  # the core may change tunnels before it answers

    def _switched(self, event: Event) -> UeContext | None:
        """The AMF takes the claim for good: the context is with another RAN node now (TS 38.413, 8.4.4)."""
        key = self._associations.key(event)
        ran_id, amf_id = ids_of(event)
        source, ends = self._claims.pop((key, ran_id), ("", ()))
        context = self._by_amf.get((key[1][0], source)) if source else None
        if context is None:
            return None
        if context.association != key:
            self._move(context, key, event)
        self._by_ran[(key, ran_id)] = self._by_amf[(key[1][0], amf_id or source)] = context
        context.amf_id = amf_id or source
        for psi, *tunnel in ends:
            if psi in context.sessions:
                self._sessions.move(context.sessions[psi], (tunnel[0], tunnel[1]), event.time)
                context.sessions[psi].gnb = key[0][0]
        return context

    def _of_or_new(self, event: Event) -> UeContext:
        key = self._associations.key(event)
        ran_id, amf_id = ids_of(event)
        context = None if event.kind == "ngap.initial_ue_message" else self.of(event)
        from_ran = self._associations.from_ran(event)
        if context is None:
            context = UeContext(since=event.time, ran_id=ran_id)
            self._connect(context, key)
            context.handover = event.time if event.kind == "ngap.handover_request" else 0
            context.initial = event.kind == "ngap.initial_ue_message"
        if context.association != key:
            self._move(context, key, event)
        if ran_id and self._by_ran.get((key, ran_id)) is not context:
            self._by_ran[(key, ran_id)] = context
        held = self._by_amf.get((key[1][0], amf_id)) if amf_id else None
        if amf_id and held is not context and not (held and held.ended is None and from_ran):
            self._by_amf[(key[1][0], amf_id)] = context
            context.amf_id = amf_id
        return context

    def _connect(self, context: UeContext, key: Key) -> None:
        context.association = key
        self.active[key[0][0]] = self.active.get(key[0][0], 0) + 1

    def _disconnect(self, context: UeContext) -> None:
        if context.association is not None:
            address = context.association[0][0]
            self.active[address] = max(self.active.get(address, 1) - 1, 0)

    def _move(self, context: UeContext, key: Key, event: Event) -> None:
        """The AMF speaks of it on another association: it was handed over, or switched its path."""
        if context.association is not None:
            context.others = (*context.others, context.association)[-4:]
        self._ledger.changed(context)
        self._disconnect(context)
        self._connect(context, key)
        context.handover, context.ran_id = event.time, ids_of(event)[0] or context.ran_id

    def _live(self, context: UeContext, event: Event) -> None:
        match event.kind:
            case "ngap.ue_context_release_command" | "ngap.ue_context_release_request":
                context.release = event.time
            case "ngap.handover_required":
                context.target = text(event.fields, "fiveg.ngap.target_gnb_id")
            case "ngap.ue_context_release_complete":
                self.end(context, event.time)
            case "ngap.handover_notify" | "ngap.path_switch_request_acknowledge":
                context.handover = event.time
                for session in context.sessions.values():
                    if session.preparing:
                        session.preparing, session.moved = False, event.time
            case "ngap.handover_cancel" | "ngap.handover_failure":
                for session in context.sessions.values():
                    session.preparing = False

    def alive(self) -> Iterator[UeContext]:
        """All contexts that are not over, each once."""
        return (
            context for context in {id(each): each for each in self._by_ran.values()}.values() if context.ended is None
        )

    def end(self, context: UeContext, now: int) -> None:
        """It is over; for the grace window it still explains late messages."""
        if context.ended is not None or later(context.since, now):
            return
        context.ended, context.connected = now, False
        self._ledger.changed(context)
        self._disconnect(context)
        for session in context.sessions.values():
            if context.association is not None and session.gnb == context.association[0][0]:
                session.idle = now
        if context.association is not None:
            self._graves[(context.association, context.ran_id)] = context
            self._ledger.release("context", self._place(context), _holder(context), now)

    def end_all(self, ran: str, now: int) -> None:
        """All contexts of the RAN node at this address are over."""
        if not self.active.get(ran):
            return
        for (key, _), context in list(self._by_ran.items()):
            if key[0][0] == ran and context.association == key:
                self.end(context, now)

    def forget(self, now: int) -> None:
        """Drop what ended so long ago that it explains nothing any more."""
        while self._graves:
            key, context = next(iter(self._graves.items()))
            if now - (context.ended or 0) <= STALE:
                return
            self._graves.pop(key)
            if self._by_ran.get(key) is context:
                del self._by_ran[key]
            amf = (key[0][1][0], context.amf_id)
            if self._by_amf.get(amf) is context:
                del self._by_amf[amf]

    def _identify(self, context: UeContext, event: Event) -> None:
        fields = event.fields
        suci, supi = text(fields, "fiveg.suci"), text(fields, "fiveg.supi")
        if suci and context.identity.suci not in ("", suci):
            context.identity = Identity()  # the ids were taken over by another terminal
        context.identity.learn(Identity(supi, text(fields, "fiveg.pei"), suci=suci, source="N2"))
        tmsi = text(fields, "fiveg.tmsi")
        if not tmsi:
            return
        given = self._given(tmsi, event.time)
        if event.kind in _ASSIGNING:
            if given is not None or tmsi not in self._temporary:
                self._temporary[tmsi] = Given(context.identity, context.security, event.time)
                self._assign(context, tmsi, event)
            return
        context.tmsi = context.tmsi or tmsi
        if given is None:
            return
        context.identity.learn(given.identity)
        if not context.security.active:
            context.security = given.security

    def _assign(self, context: UeContext, tmsi: str, event: Event) -> None:
        if context.tmsi and context.tmsi != tmsi:
            self._ledger.release("guti", context.tmsi, _holder(context), event.time)
        context.tmsi = tmsi
        guti = text(event.fields, "fiveg.guti")
        facts = context.identity.facts() | ({"fiveg.guti": guti} if guti else {})
        self._ledger.hold("guti", tmsi, event.time, _holder(context), facts)

    def _tell(self, context: UeContext) -> None:
        """The terminal of this context has a name now."""
        facts = context.identity.facts() | {"fiveg.nci": context.nci, "fiveg.tac": context.tac}
        self._ledger.hold("context", self._place(context), context.since, _holder(context), facts)

    def _place(self, context: UeContext) -> str:
        return f"{context.association[0][0] if context.association else ''}/{context.ran_id}"

    def _join_sessions(self, context: UeContext, event: Event) -> None:
        """Tie the tunnels of an NGAP message to sessions: N4's where it knows them, else our own of N2."""
        psis = texts(event.fields, "fiveg.pdu_session.id")
        if not psis:
            return
        if event.kind in _RELEASED:
            self._release(context, psis, event)
            return
        forwarding = tuple(
            zip(*(texts(event.fields, f"fiveg.ngap.forwarding.{name}") for name in ("address", "teid")), strict=False)
        )
        for psi in psis[:1] if forwarding else ():
            if psi in context.sessions:
                self._sessions.join(context.sessions[psi], forwarding, event.time, event.time)
        for side in ("ul", "dl"):
            for psi, tunnel in zip(psis, _tunnels(event, side), strict=False):
                self._join(context, psi, tunnel, side, event)
        if event.kind in _GRANTING:
            granted = numbers(event.fields, "fiveg.pdu_session.qfi")
            for psi in psis:
                if psi in context.sessions and grant(context.sessions[psi], granted, event.time):
                    self._sessions.touch(context.sessions[psi])

    def _join(self, context: UeContext, psi: str, tunnel: tuple[str, str], side: str, event: Event) -> None:
        now = event.time
        known = self._sessions.of_tunnel(*tunnel, now)
        session = (known if known and known.ended is None else None) or context.sessions.get(psi)
        if session is None or session.ended is not None:
            session = Session(since=now, ref=f"{now:x}@{self._place(context)}/{psi}")
        context.sessions[psi] = session
        session.psi = int(psi) if psi.isdigit() else psi
        before = session.identity.supi
        context.identity.learn(session.identity)
        session.identity.learn(context.identity)
        session.n2, session.released, session.idle = now, None, None
        session.gnb = context.association[0][0] if context.association else ""
        if side == "dl":
            self._sessions.move(session, tunnel, now, preparing=event.kind == _PREPARED)
        else:
            session.uls = session.uls if tunnel in session.uls else (*session.uls, tunnel)[-4:]
            self._sessions.join(session, (tunnel,), now)
        if session.identity.supi != before:
            self._sessions.named(session)

    def _release(self, context: UeContext, psis: tuple[str, ...], event: Event) -> None:
        for psi in psis:
            session = context.sessions.get(psi)
            if session is None:
                continue
            session.released = session.released or event.time
            if event.kind.endswith("response") and not session.creator:
                self._sessions.end(session, event.time)  # N2 alone knew it


def _tunnels(event: Event, side: str) -> Iterator[tuple[str, str]]:
    prefix = f"fiveg.ngap.{side}"
    yield from zip(texts(event.fields, f"{prefix}.address"), texts(event.fields, f"{prefix}.teid"), strict=False)


def _begun(context: UeContext | None, now: int) -> UeContext | None:
    return None if context is None or later(context.since, now) else context


def _placed(context: UeContext) -> tuple[object, ...]:
    """What others are told of."""
    return context.identity.supi, context.identity.pei, context.nci, context.tac, context.association


def _holder(context: UeContext) -> str:
    return context.identity.supi or context.identity.suci or f"{context.since:x}/{context.ran_id}"


def ids_of(event: Event) -> tuple[str, str]:
    """The RAN's and the AMF's id of the terminal that an N2 event is about."""
    return text(event.fields, "fiveg.ran_ue_ngap_id"), text(event.fields, "fiveg.amf_ue_ngap_id")
