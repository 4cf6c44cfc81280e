"""A small plant's 5G network, and the operations that leave realistic traffic behind.

Every operation is an actor (see `timeline`): `yield from network.register(…)` plays it, `network.play(…)` starts it
beside the others. One N4 association and two gNBs are there from the start; `bring_up` lets them meet.
"""

from __future__ import annotations

from sentinel.drill import plan
from sentinel.drill.ground import Ground
from sentinel.drill.n2 import Gnb
from sentinel.drill.n4 import N4, Smf, Upf
from sentinel.drill.plan import Station, Terminal
from sentinel.drill.subscriber import Session, Ue
from sentinel.drill.timeline import Play
from sentinel.drill.wire import gtpu, nas


class Network(Ground):
    """The demo network of `plan`, at a time, with a seed."""

    def __init__(self, start_ns: int, seed: str) -> None:
        super().__init__(start_ns, seed)
        self.upf = Upf(plan.UPF_N4, plan.UPF_N3, 0x0D98)
        self.n4 = N4(self, Smf(plan.SMF), self.upf)
        self.gnb1, self.gnb2 = self.gnb(plan.GNB1), self.gnb(plan.GNB2)
        self.gnbs = [self.gnb1, self.gnb2]
        self.ues: list[Ue] = []

    def gnb(self, station: Station, addresses: tuple[str, ...] | None = None) -> Gnb:
        """A further gNB, or a further end of one."""
        return Gnb(self, station, addresses)

    def play(self, actor: Play[None], after: float = 0.0) -> None:
        """Starts `actor` beside the others."""
        self.timeline.add(actor, after)

    def bring_up(self, *gnbs: Gnb) -> Play[None]:
        """N4 association, then NG Setup of `gnbs` (of both, where none is named)."""
        yield from self.n4.associate()
        yield 0.2
        for gnb in gnbs or self.gnbs:
            yield from gnb.start()
        yield 0.3

    def keep_alive(self, seconds: float, slower: float = 1.0) -> None:
        """N4 and the base stations send heartbeats for so long, as they do where nothing else happens."""
        self.play(self.n4.heartbeats(int(seconds // (10 * slower)), 10 * slower))
        for gnb in self.gnbs:
            self.play(gnb.heartbeats(int(seconds // (15 * slower)), 15.0 * slower))

    def shut_down(self) -> Play[None]:
        """All terminals leave, then the gNBs."""
        for ue in list(self.ues):
            yield from self.deregister(ue)
        for gnb in self.gnbs:
            yield from gnb.association.shutdown()
        yield 0.0

    def register(self, terminal: Terminal, gnb: Gnb, nea: int = 2, identity: bytes | None = None) -> Play[Ue]:
        """Registration (TS 23.502 clause 4.2.2.2) with a profile A SUCI unless `identity` is another."""
        ue = self.ue(terminal, gnb)
        request = yield from gnb.challenge(ue, identity or nas.profile_a_suci(terminal.supi, self.random))
        yield from gnb.secure(ue, request, nea)
        self.ues.append(ue)
        return ue

    def ue(self, terminal: Terminal, gnb: Gnb) -> Ue:
        """A terminal that has not registered yet."""
        return Ue(terminal, gnb, nas.SecurityContext(self.random, 0))

    def deregister(self, ue: Ue) -> Play[None]:
        """The terminal leaves."""
        self.ues.remove(ue)
        yield from ue.gnb.deregister(ue)

    def establish(self, ue: Ue, dnn: str = "internet", n4: N4 | None = None, kind: str = "ipv4") -> Play[Session]:
        """A PDU session (`kind` may be ethernet), by way of another SMF and UPF where `n4` says so."""
        session = self.session(ue, dnn, n4, kind)
        yield from ue.gnb.set_up_session(session)
        yield 0.05
        return session

    def session(self, ue: Ue, dnn: str = "internet", n4: N4 | None = None, kind: str = "ipv4") -> Session:
        """A session that is not set up yet."""
        number, chosen = len(ue.sessions) + 1, plan.SLICE_OF[dnn]
        address = "" if kind == "ethernet" else ue.terminal.address(dnn)
        session = Session(ue, n4 or self.n4, number, dnn, chosen, address, kind)
        ue.sessions.append(session)
        return session

    def attach(self, terminal: Terminal, gnb: Gnb, dnn: str = "internet", nea: int = 2) -> Play[Session]:
        """Registers and opens a session."""
        ue = yield from self.register(terminal, gnb, nea)
        return (yield from self.establish(ue, dnn))

    def release(self, session: Session) -> Play[None]:
        """The terminal gives up one session."""
        session.ue.sessions.remove(session)
        yield from session.ue.gnb.release_session(session)

    def up(self, session: Session, packet: bytes) -> None:
        """A user packet (a frame, in an Ethernet session) from the terminal, on N3."""
        tunnelled = gtpu.uplink(session.ul_teid, session.qfi, packet)
        self._n3(session.ue.gnb.station.n3, session.n4.n3, tunnelled)

    def down(self, session: Session, packet: bytes) -> None:
        """A user packet for the terminal, on N3, to where N4 has told the UPF to send it."""
        tunnelled = gtpu.downlink(session.dl_teid, session.qfi, packet)
        self._n3(session.n4.n3, session.dl_address, tunnelled)

    def tunnelled(self, source: str, destination: str, message: bytes) -> None:
        """A GTP-U message of anybody."""
        self._n3(source, destination, message)

    def _n3(self, source: str, destination: str, message: bytes) -> None:
        self.timeline.emit(self.wire.datagram((source, gtpu.PORT), (destination, gtpu.PORT), message))
