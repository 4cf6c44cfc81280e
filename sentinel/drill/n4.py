"""N4 as SMF and UPF play it: associations, heartbeats and sessions (TS 29.244 clause 6)."""

from __future__ import annotations

from itertools import count

from sentinel.drill.ground import Ground
from sentinel.drill.subscriber import Session
from sentinel.drill.timeline import Play
from sentinel.drill.wire import pfcp

_DAY = 86_400 * 10**9


class Smf:
    """A control plane function: its address, sequence numbers and SEIDs."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sequence = count(1)
        self.seids = count(1)


class Upf:
    """A user plane function: it answers at `n4`, ends tunnels at `n3` and allocates SEIDs and TEIDs."""

    def __init__(self, n4: str, n3: str, first_teid: int) -> None:
        self.n4, self.n3 = n4, n3
        self.sequence = count(1)
        self.seids = count(1)
        self.teids = count(first_teid, 16)


class N4:
    """One PFCP association."""

    def __init__(self, ground: Ground, smf: Smf, upf: Upf) -> None:
        self._ground, self.smf, self.upf = ground, smf, upf
        # Both functions have been up since before the drill, however often it is played on one day.
        self._recovery = ground.timeline.now // _DAY * _DAY - _DAY // 4

    @property
    def n3(self) -> str:
        """Where the UPF ends tunnels."""
        return self.upf.n3

    @property
    def recovery(self) -> int:
        """Since when both functions are up."""
        return self._recovery

    def associate(self) -> Play[None]:
        """The SMF sets the association up, and each side asks for the other's heartbeat."""
        number = next(self.smf.sequence)
        self.request(pfcp.association_setup_request(number, self.smf.address, self._recovery))
        yield 0.0005
        self.answer(pfcp.association_setup_response(number, self.upf.n4, self._recovery))
        yield 0.0001
        yield from self.heartbeat()

    def release(self) -> Play[None]:
        """The SMF releases the association."""
        number = next(self.smf.sequence)
        self.request(pfcp.association_release_request(number, self.smf.address))
        yield 0.0004
        self.answer(pfcp.association_release_response(number, self.upf.n4))
        yield 0.0001

    def heartbeat(self) -> Play[None]:
        """One heartbeat in each direction (clause 6.2.2)."""
        number = next(self.upf.sequence)
        self.answer(pfcp.heartbeat_request(number, self._recovery))
        yield 0.0002
        self.request(pfcp.heartbeat_response(number, self._recovery))
        yield 0.0001
        number = next(self.smf.sequence)
        self.request(pfcp.heartbeat_request(number, self._recovery))
        yield 0.0002
        self.answer(pfcp.heartbeat_response(number, self._recovery))
        yield 0.0001

    def heartbeats(self, times: int, interval: float = 10.0) -> Play[None]:
        """Heartbeats every `interval` seconds."""
        for _ in range(times):
            yield interval
            yield from self.heartbeat()

    def establish(self, session: Session) -> Play[None]:
        """The UPF chooses its SEID and the uplink tunnel."""
        number, session.cp_seid = next(self.smf.sequence), next(self.smf.seids)
        rules = pfcp.Rules(session.ue.terminal, session.dnn, session.slice, session.address, session.qfi, session.kind)
        self.request(pfcp.session_establishment_request(number, self.smf.address, session.cp_seid, rules))
        yield 0.0006
        session.up_seid = next(self.upf.seids)
        session.ul_teid, control = next(self.upf.teids), next(self.upf.teids)
        tunnels = [(2, self.upf.n3, session.ul_teid), (3, self.upf.n3, control)]
        self.answer(pfcp.session_establishment_response(number, session.cp_seid, self.upf.n4, session.up_seid, tunnels))
        yield 0.0005

    def modify(self, session: Session, gnb: str, teid: int) -> Play[None]:
        """Downlink packets of `session` leave for the tunnel (`gnb`, `teid`)."""
        number = next(self.smf.sequence)
        self.request(pfcp.session_modification_request(number, session.up_seid, session.dnn, gnb, teid))
        yield 0.0002
        session.dl_address, session.dl_teid = gnb, teid
        self.answer(pfcp.session_modification_response(number, session.cp_seid))
        yield 0.0001

    def delete(self, session: Session) -> Play[None]:
        """The session ends."""
        cause = pfcp.ACCEPTED if session.alive else pfcp.SESSION_NOT_FOUND
        session.alive = False
        yield from self.delete_seid(session.up_seid, session.cp_seid if cause == pfcp.ACCEPTED else 0, cause)

    def delete_seid(self, up_seid: int, cp_seid: int = 0, cause: int = pfcp.SESSION_NOT_FOUND) -> Play[None]:
        """A deletion that may miss."""
        number = next(self.smf.sequence)
        self.request(pfcp.session_deletion_request(number, up_seid))
        yield 0.0003
        self.answer(pfcp.session_deletion_response(number, cp_seid, cause))
        yield 0.0001

    def request(self, message: bytes, port: int = pfcp.PORT) -> None:
        """A datagram from the SMF."""
        self._send((self.smf.address, port), (self.upf.n4, pfcp.PORT), message)

    def answer(self, message: bytes, port: int = pfcp.PORT) -> None:
        """A datagram from the UPF."""
        self._send((self.upf.n4, pfcp.PORT), (self.smf.address, port), message)

    def _send(self, source: tuple[str, int], destination: tuple[str, int], message: bytes) -> None:
        self._ground.timeline.emit(self._ground.wire.datagram(source, destination, message))
