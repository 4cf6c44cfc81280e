"""From an attack in the traffic to a flow that stops: detection, trust, a grant taken back at a real gateway, and proof.

A tablet talks to the MES through an nftables gateway, each in a network namespace; the drill plays its session and then
its write to a controller to the pipeline; a tap watches the terminals' side of the gateway.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from collectors.sources.frames import Frames
from collectors.sources.live import Live
from sentinel import drill
from sentinel.access.administration.orders import Order, Phase
from sentinel.api import enforcement
from sentinel.evidence.ring import Ring
from sentinel.model.event import Frame
from sentinel.operations.doors import Deciding, Parts
from sentinel.pipeline import Pipeline, load_rules
from sentinel.state.history import History
from sentinel.store.base import AlertFilter
from sentinel.worker.happenings import Happenings
from sentinel.worker.publishing import Publisher
from tests.continuous import Rig
from tests.deciding import TABLET, enrolled
from tests.modbus import READ, ask
from tests.namespaces import Plant, inside, lacking, plant
from tests.policies import ROOT
from tests.serving import serving

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())
SCENE = "modbus-write-unauthorised"
ADDRESS, MES = "10.45.1.14", ("10.11.6.80", 80)  # the address that the drill's SMF gives the tablet
ATTACHED, ATTACKED = 36, 52  # frames of the scene until its session stands, and until it is given up


@dataclass
class Watched:
    """The plant, a door that goes on deciding, and a worker that is fed by hand."""

    net: Plant
    rig: Rig
    pipeline: Pipeline
    publisher: Publisher
    frames: list[Frame]

    @property
    def access(self) -> Deciding:
        return self.rig.access

    def play(self, since: int, until: int) -> None:
        """Have the worker see some frames of the scene."""
        with Frames("drill", iter([[frame] for frame in self.frames[since:until]])) as source:
            for batch in source.batches():
                self.pipeline.process(batch)

    def opens(self) -> bool:
        """Whether the tablet reaches the MES."""
        try:
            with self.net.connect(ADDRESS, *MES, 0.4) as connection:
                return ask(connection, READ, 0, 1) >= 0
        except (TimeoutError, ConnectionError):
            return False

    def order(self) -> Order:
        """The one order about the MES."""
        (found,) = [order for order in self.rig.orders() if order.command.flow and order.command.flow.port == MES[1]]
        return found


def _stopped(live: socket.socket) -> bool:
    try:
        ask(live, READ, 0, 1)
    except TimeoutError:
        return True
    return False


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with contextlib.ExitStack() as stack:
        net = stack.enter_context(plant((ADDRESS,), (MES[0],)))
        stack.enter_context(
            net.run(net.network, sys.executable, "-m", "tests.modbus", *map(str, MES), ready=b"ready\n")
        )
        ring = Ring(tmp_path / "evidence")
        rig = Rig(tmp_path, ring=ring)
        stack.callback(rig.close)
        stack.enter_context(_tapped(net, ring))
        history = History(tmp_path / "identity.db")
        stack.callback(history.close)
        publisher = Publisher(rig.store, history, rig.log)
        pipeline = Pipeline(rig.site, load_rules(ROOT / "rules"), publisher, publisher)
        stack.enter_context(_beating(publisher, rig, pipeline))
        rig.access.tend()
        yield Watched(net, rig, pipeline, publisher, list(drill.scenes()[SCENE].frames(time.time_ns() - 5 * 10**9)))


@contextlib.contextmanager
def _tapped(net: Plant, ring: Ring) -> Iterator[None]:
    """A tap where terminals hear: an interface shows what comes in, so that answers are seen; they go to the ring."""
    stopping, writer = threading.Event(), ring.writer("n6")
    tap = inside(net.terminals, lambda: Live(["out"], "", stopping, writer))
    thread = threading.Thread(target=lambda: [None for _ in tap.batches()])
    thread.start()
    yield
    stopping.set()
    thread.join(10)
    if writer is not None:
        writer.close()


@contextlib.contextmanager
def _beating(publisher: Publisher, rig: Rig, pipeline: Pipeline) -> Iterator[None]:
    """The worker is heard, and judges what happened at the door."""
    stopping = threading.Event()

    def beat() -> None:
        while not stopping.wait(0.1):
            publisher.beat()

    def judge() -> None:
        with Happenings(rig.log, stopping) as source:
            for batch in source.batches():
                pipeline.process(batch, source.clock(batch))
                source.confirm()

    threads = [threading.Thread(target=task) for task in (beat, judge)]
    for thread in threads:
        thread.start()
    yield
    stopping.set()
    for thread in threads:
        thread.join(5)


@contextlib.contextmanager
def _gateway(watched: Watched, folder: Path) -> Iterator[None]:
    """The real gateway, which follows the door's feed."""
    token = enrolled(watched.access, "n6", "nftables")
    watched.access.points.refresh()
    nobody: Any = None
    app = FastAPI()
    enforcement.mount(app, Parts(watched.rig.store, nobody, nobody, nobody, access=watched.access))
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)
    listening = inside(watched.net.gateway, lambda: socket.create_server(("127.0.0.1", 0)))
    command = (sys.executable, "-c", "from sentinel.cli import main; main()", "enforce", "nftables", "--from",
               f"http://127.0.0.1:{listening.getsockname()[1]}", "--token-file", str(folder / "token"), "--pool", "10.45.0.0/16")  # fmt: skip
    with serving(app, listening), watched.net.run(watched.net.gateway, *command):
        assert eventually(lambda: bool(watched.access.feed.following), 20)
        yield


def test_an_attack_stops_the_traffic_of_its_terminal_and_the_tap_proves_it(watched: Watched, tmp_path: Path) -> None:
    with _gateway(watched, tmp_path):
        assert not watched.opens()
        watched.play(0, ATTACHED)
        assert eventually(watched.opens)
        with watched.net.connect(ADDRESS, *MES) as live:
            assert ask(live, READ, 0, 1) == 0
            watched.play(ATTACHED, ATTACKED)
            attacked = time.time_ns()
            live.settimeout(0.5)
            assert eventually(lambda: bool(watched.rig.orders()), 2)
            assert eventually(lambda: _stopped(live), 3)
        assert watched.access.trust.trust(TABLET, time.time_ns()).score <= 20
        assert watched.order().created - attacked < 1_000_000_000
        assert watched.order().why == "no_rule"
        assert not watched.opens()
        assert eventually(lambda: watched.order().phase is Phase.PROVEN)
        assert watched.order().detail == "no answer reached the terminal for 0.5 s"
        watched.play(ATTACKED, len(watched.frames))  # the session is given up: what stops its address is taken back
        assert eventually(lambda: watched.order().phase is Phase.ENDED)


def test_a_point_that_only_says_so_leaks_and_that_is_an_alert_with_its_packets(watched: Watched) -> None:
    """No gateway stands in the way, and the point that was told does nothing."""
    watched.play(0, ATTACHED)
    assert eventually(lambda: bool(watched.rig.access.known.present.sessions(TABLET)))
    assert watched.rig.ask(TABLET, "connect", watched.access.decider.pip.catalogue.named("mes")).decision.allowed
    assert watched.opens()
    watched.play(ATTACHED, ATTACKED)
    assert eventually(lambda: bool(watched.rig.point.applied))
    assert eventually(lambda: watched.opens() and watched.order().phase is Phase.LEAKED)
    assert f"{MES[0]}:{MES[1]} → {ADDRESS}:" in watched.order().evidence[0]
    wanted = AlertFilter(rules=("access-leaked-deny",))
    assert eventually(lambda: bool(watched.rig.store.alerts(wanted, 5).rows))
    (record,) = watched.rig.store.alerts(wanted, 5).rows
    assert record.alert.fields["fiveg.supi"] == TABLET
    (proof,) = record.alert.evidence
    event = watched.rig.store.event(proof.event_id)
    assert event is not None
    assert event["access.leaked.packets"] == watched.order().evidence
