"""The network's operations, seen by what they leave behind."""

from __future__ import annotations

from ipaddress import ip_address

from sentinel.drill import plan
from sentinel.drill.network import Network
from sentinel.drill.subscriber import Session
from sentinel.drill.timeline import Play
from sentinel.drill.traffic import http


def _play() -> tuple[Network, list[Session], bytes]:
    network, sessions = Network(0, "test"), []

    def act() -> Play[None]:
        yield from network.bring_up(network.gnb1)
        first = yield from network.attach(plan.TERMINALS[1], network.gnb1, "ot")
        second = yield from network.establish(first.ue)
        sessions.extend([first, second])
        yield from http(network, second, "/")
        yield from network.release(first)
        yield from network.shut_down()

    network.play(act())
    return network, sessions, b"".join(frame.data for frame in network.timeline.run())


def test_sessions_have_tunnels_of_their_own() -> None:
    """Numbers, SEIDs, TEIDs and addresses differ; all ended."""
    network, (first, second), octets = _play()
    assert (first.number, second.number) == (1, 2)
    for name in ("cp_seid", "up_seid", "ul_teid", "dl_teid", "address"):
        assert getattr(first, name) != getattr(second, name)
    assert not first.alive
    assert not second.alive
    assert network.ues == []
    assert b"GET / HTTP/1.1" in octets
    assert ip_address(second.address).packed in octets


def test_a_released_session_leaves_the_terminal() -> None:
    """Nothing is deleted twice."""
    _, (first, _), _ = _play()
    assert first.ue.sessions == []
