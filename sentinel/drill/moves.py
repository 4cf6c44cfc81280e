"""What terminals and stations do beside registering: they move, rest, are looked for and come back (TS 23.502)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.n2 import Gnb
from sentinel.drill.plan import PLMN, SLICES, Terminal
from sentinel.drill.subscriber import Session, Ue
from sentinel.drill.timeline import Play
from sentinel.drill.wire import nas, ngap, ngap_mobility

if TYPE_CHECKING:
    from sentinel.drill.network import Network

STREAM = 1


def switch_path(
    network: Network,
    session: Session,
    target: Gnb,
    *,
    n3: str = "",
    algorithms: int = ngap_mobility.ALL_ALGORITHMS,
    corrected: int | None = None,
) -> Play[None]:
    """An Xn handover as N2 sees it (clause 4.9.1.2): the terminal is with `target`, its tunnel ends at `n3` there."""
    ue, now = session.ue, network.timeline.now
    source_id, ran = ue.amf_id, next(target.ran_ids)
    end = (session.number, n3 or target.station.n3, next(target.teids), session.qfi)
    target.association.up(
        ngap_mobility.path_switch_request(source_id, ran, target.cell, now, [end], algorithms), STREAM
    )
    yield 0.004
    yield from session.n4.modify(session, end[1], end[2])
    ue.gnb, ue.ran_id = target, ran
    target.association.down(
        ngap_mobility.path_switch_request_acknowledge(source_id, ran, [session.number], SLICES, corrected), STREAM
    )
    yield 0.05


def lose(gnb: Gnb, ue: Ue, cause: tuple[str, str] = ("radioNetwork", "user-inactivity")) -> Play[None]:
    """The gNB gives a terminal up, and the AMF lets it be idle (clause 4.2.6)."""
    gnb.association.up(ngap_mobility.ue_context_release_request(ue.amf_id, ue.ran_id, cause), STREAM)
    yield 0.002
    yield from gnb.release_context(ue, cause)


def serve(network: Network, gnb: Gnb, ue: Ue, kind: int = 0) -> Play[None]:
    """An idle terminal comes back with a Service Request (clause 4.2.3.2); without sessions."""
    ue.gnb, ue.ran_id, ue.amf_id = gnb, next(gnb.ran_ids), next(network.amf_ids)
    message = ue.security.up(nas.service_request(ue.tmsi, kind), header=1)
    gnb.association.up(ngap.initial_ue_message(ue.ran_id, message, gnb.cell, network.timeline.now), STREAM)
    yield 0.006
    accept = ue.security.down(nas.service_accept())
    key, imeisv = network.random.randbytes(32), ue.terminal.imeisv
    gnb.association.down(
        ngap.initial_context_setup_request(ue.amf_id, ue.ran_id, PLMN, SLICES, key, imeisv, accept), STREAM
    )
    yield 0.003
    gnb.association.up(ngap.initial_context_setup_response(ue.amf_id, ue.ran_id), STREAM)
    yield 0.02


def ask(network: Network, gnb: Gnb, ue: Ue, request: bytes) -> Play[None]:
    """A first message of a terminal, of which the AMF makes a context."""
    ue.gnb, ue.ran_id, ue.amf_id = gnb, next(gnb.ran_ids), next(network.amf_ids)
    gnb.association.up(ngap.initial_ue_message(ue.ran_id, request, gnb.cell, network.timeline.now), STREAM)
    yield 0.006


def knock(network: Network, gnb: Gnb, index: int, *, answer: bytes = b"") -> Play[None]:
    """Somebody with a concealed identity wants to register, and gets `answer`, or a challenge that it leaves open."""
    ue = network.ue(Terminal(index, "crowd"), gnb)
    suci = nas.profile_a_suci(ue.terminal.supi, network.random)
    if not answer:
        yield from gnb.challenge(ue, suci)
        return
    yield from ask(network, gnb, ue, nas.registration_request(suci))
    yield from refuse(gnb, ue, answer)


def refuse(gnb: Gnb, ue: Ue, message: bytes) -> Play[None]:
    """The AMF answers with a reject, and lets the terminal go."""
    gnb.down(ue, message)
    yield from gnb.release_context(ue, ("nas", "unspecified"))


def enter(
    network: Network, gnb: Gnb, ue: Ue, request: bytes = b"", nia: int = 2, replayed: bytes = nas.CAPABILITIES
) -> Play[None]:
    """A registration with a request of its own, or with what the AMF makes of it."""
    message = yield from gnb.challenge(ue, nas.profile_a_suci(ue.terminal.supi, network.random), request)
    yield from gnb.secure(ue, message, 2, nia, replayed)
    network.ues.append(ue)


def page(ue: Ue, *gnbs: Gnb) -> None:
    """The AMF looks for an idle terminal in all its cells (clause 4.2.3.3)."""
    for gnb in gnbs:
        gnb.association.down(ngap_mobility.paging(ue.tmsi, gnb.cell))


def grow_old(network: Network, seconds: float = 610.0) -> Play[None]:
    """Time passes with heartbeats, until the monitor knows the site."""
    for gnb in network.gnbs:
        network.play(gnb.heartbeats(int(seconds // 25), 25.0))
    network.play(network.n4.heartbeats(int(seconds // 10)))
    yield seconds
