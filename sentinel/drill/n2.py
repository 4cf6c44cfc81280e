"""N2 as a gNB and the AMF play it: NG Setup and the procedures of terminals (TS 23.502 clauses 4.2 and 4.3)."""

from __future__ import annotations

from itertools import count

from sentinel.drill.ground import Ground
from sentinel.drill.plan import AMF, DNS, PLMN, SLICES, TAC, Cell, Slice, Station
from sentinel.drill.subscriber import Session, Ue
from sentinel.drill.timeline import Play
from sentinel.drill.wire import nas, ngap
from sentinel.drill.wire.sctp import Association

AMF_NAME = "amf1"
_UE_STREAM = 1


class Gnb:
    """A gNB and its association with the AMF; `addresses` are those of the end that it opens now."""

    def __init__(self, ground: Ground, station: Station, addresses: tuple[str, ...] | None = None) -> None:
        self._ground, self.station = ground, station
        self.addresses = addresses or station.n2[:1]
        self.ran_ids, self.teids = count(1), count(1)
        self.association = self._association()

    @property
    def cell(self) -> Cell:
        """Where its terminals are."""
        return self.station.cell

    def start(self) -> Play[None]:
        """Opens the association and sets up NG."""
        yield from self.connect()
        yield from self.set_up()

    def connect(self) -> Play[None]:
        """Opens an association, a new one where there was one before."""
        if self.association.alive:
            yield from self.association.shutdown()
        self.association = self._association()
        yield from self.association.open()

    def set_up(self, tas: dict[int, tuple[str, list[Slice]]] | None = None, refused: str = "") -> Play[None]:
        """NG Setup (TS 38.413 clause 8.7.1), refused by the AMF for the cause `refused` where it names one."""
        tas = tas or {TAC: (PLMN, SLICES)}
        self.association.up(ngap.ng_setup_request(PLMN, self.station.id, self.station.name, tas))
        yield 0.006
        failure = ("misc", refused)
        self.association.down(
            ngap.ng_setup_failure(failure) if refused else ngap.ng_setup_response(PLMN, AMF_NAME, SLICES)
        )
        yield 0.3

    def heartbeats(self, times: int, interval: float = 10.0) -> Play[None]:
        """The AMF looks after the association every `interval` seconds while it lasts."""
        for _ in range(times):
            yield interval
            if self.association.alive:
                yield from self.association.heartbeat()

    def challenge(self, ue: Ue, identity: bytes, request: bytes = b"") -> Play[bytes]:
        """Registration request (an ordinary one, or `request`) and the challenge that answers it; returns the request."""
        ue.gnb, ue.ran_id, ue.amf_id = self, next(self.ran_ids), next(self._ground.amf_ids)
        request = request or nas.registration_request(identity)
        self.association.up(ngap.initial_ue_message(ue.ran_id, request, self.cell, self._now), _UE_STREAM)
        yield 0.005
        self.down(ue, nas.authentication_request(self._ground.random))
        yield 0.021
        return request

    def fail_authentication(self, ue: Ue, *, last: bool = True) -> Play[None]:
        """The terminal finds the MAC wrong (TS 24.501 clause 5.4.1.3.7); the AMF rejects it, or tries again."""
        self.up(ue, nas.authentication_failure())
        yield 0.004
        if not last:
            self.down(ue, nas.authentication_request(self._ground.random))
            yield 0.02
            return
        self.down(ue, nas.authentication_reject())
        yield from self.release_context(ue, ("nas", "authentication-failure"))

    def secure(self, ue: Ue, request: bytes, nea: int, nia: int = 2, replayed: bytes = nas.CAPABILITIES) -> Play[None]:
        """The right answer, security mode, and registration accept (TS 24.501 clauses 5.4.2 and 5.5.1.2)."""
        random = self._ground.random
        self.up(ue, nas.authentication_response(random))
        yield 0.005
        ue.security = security = nas.SecurityContext(random, nea, nia)
        self.down(ue, nas.security_mode_command(security, replayed))
        yield 0.019
        self.up(ue, nas.security_mode_complete(security, ue.terminal.imeisv, request))
        yield 0.017
        ue.tmsi = random.randrange(0xC0000000, 0xC1000000)
        accept = security.down(nas.registration_accept(ue.tmsi, SLICES))
        key, imeisv = random.randbytes(32), ue.terminal.imeisv
        self.association.down(
            ngap.initial_context_setup_request(ue.amf_id, ue.ran_id, PLMN, SLICES, key, imeisv, accept), _UE_STREAM
        )
        yield 0.002
        self.association.up(ngap.initial_context_setup_response(ue.amf_id, ue.ran_id), _UE_STREAM)
        yield 0.018
        self.up(ue, security.up(nas.registration_complete()))
        yield 0.02

    def set_up_session(self, session: Session, n3: str = "", protection: str = "") -> Play[None]:
        """PDU session establishment over N1, N2 and N4 (TS 23.502 clause 4.3.2.2), with a tunnel that ends at `n3`."""
        ue, number = session.ue, session.number
        security = ue.security
        self.up(
            ue, security.up(nas.pdu_session_establishment_request(number, session.slice, session.dnn, session.kind))
        )
        yield 0.018
        yield from session.n4.establish(session)
        yield 0.004
        accept = nas.pdu_session_establishment_accept(
            number, session.slice, session.dnn, session.address, DNS, session.qfi, session.kind
        )
        self.association.down(
            ngap.pdu_session_resource_setup_request(
                ue.amf_id,
                ue.ran_id,
                number,
                session.slice,
                security.down(accept),
                session.n4.n3,
                session.ul_teid,
                session.qfi,
                session.kind,
                protection,
            ),
            _UE_STREAM,
        )
        yield 0.012
        n3, teid = n3 or self.station.n3, next(self.teids)
        self.association.up(
            ngap.pdu_session_resource_setup_response(ue.amf_id, ue.ran_id, number, n3, teid, session.qfi),
            _UE_STREAM,
        )
        yield 0.003
        yield from session.n4.modify(session, n3, teid)

    def release_session(self, session: Session) -> Play[None]:
        """The terminal releases a session (TS 23.502 clause 4.3.4.2)."""
        ue, number, security = session.ue, session.number, session.ue.security
        self.up(ue, security.up(nas.pdu_session_release_request(number)))
        yield 0.002
        yield from session.n4.delete(session)
        yield 0.002
        command = security.down(nas.pdu_session_release_command(number))
        self.association.down(
            ngap.pdu_session_resource_release_command(ue.amf_id, ue.ran_id, number, command), _UE_STREAM
        )
        yield 0.008
        self.association.up(ngap.pdu_session_resource_release_response(ue.amf_id, ue.ran_id, number), _UE_STREAM)
        yield 0.003
        self.up(ue, security.up(nas.pdu_session_release_complete(number)))
        yield 0.01

    def deregister(self, ue: Ue) -> Play[None]:
        """The terminal leaves; sessions that it still has end on N4 first (TS 23.502 clause 4.2.2.3.2)."""
        self.up(ue, ue.security.up(nas.deregistration_request(ue.tmsi)))
        yield 0.004
        for session in ue.sessions:
            yield from session.n4.delete(session)
        ue.sessions.clear()
        self.down(ue, ue.security.down(nas.deregistration_accept()))
        yield from self.release_context(ue, ("nas", "deregister"))

    def release_context(self, ue: Ue, cause: tuple[str, str]) -> Play[None]:
        """The AMF releases the UE context (TS 38.413 clause 8.3.3)."""
        self.association.down(ngap.ue_context_release_command(ue.amf_id, ue.ran_id, cause), _UE_STREAM)
        yield 0.0005
        self.association.up(ngap.ue_context_release_complete(ue.amf_id, ue.ran_id, self.cell, self._now), _UE_STREAM)
        yield 0.3

    def up(self, ue: Ue, message: bytes) -> None:
        """A NAS message of the terminal."""
        self.association.up(ngap.uplink_nas_transport(ue.amf_id, ue.ran_id, message, self.cell, self._now), _UE_STREAM)

    def down(self, ue: Ue, message: bytes) -> None:
        """A NAS message for the terminal."""
        self.association.down(ngap.downlink_nas_transport(ue.amf_id, ue.ran_id, message), _UE_STREAM)

    @property
    def _now(self) -> int:
        return self._ground.timeline.now

    def _association(self) -> Association:
        ground = self._ground
        return Association(ground.timeline, ground.wire, ground.random, self.addresses, AMF)
