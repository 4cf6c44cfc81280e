"""A gateway on N6 with nftables, a service, terminals and a Modbus controller, each in a network namespace of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from sentinel.api import enforcement
from sentinel.enforcement.feed import Element
from sentinel.enforcement.points.nftables import Nftables
from sentinel.model.enforcement import Binding, Command, Flow, State, Verb
from sentinel.operations.doors import Deciding, Parts
from tests.deciding import AGV, Past, deciding, enrolled, holds, published, session
from tests.modbus import READ, WRITE, ask
from tests.namespaces import Plant, inside, lacking, plant
from tests.serving import serving

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())

GATEWAY, CAMERA = "999700000000002", "999700000000003"  # a PLC gateway, which may connect to the controller; a camera
ALLOWED, OTHER = "10.45.1.12", "10.45.0.13"
AGV_ADDRESS = "10.45.1.11"
CONTROLLER, MES = ("10.11.6.50", 502), ("10.11.6.80", 80)
HELD = (
    session(GATEWAY, ALLOWED, pei="860123050000024"),
    session(CAMERA, OTHER, pei="860123050000032"),
    session(AGV, AGV_ADDRESS, pei="860123050000016"),
)
CUT = Command(Verb.QUARANTINE, "d1", Binding(GATEWAY, address=ALLOWED, critical=True), 60, approvals=("ada", "ben"))


@dataclasses.dataclass
class Setting:
    """All of it."""

    plant: Plant
    deciding: Deciding
    point: Nftables
    stop: Callable[[], None]

    def opens(self, source: str, place: tuple[str, int], seconds: float = 0.4) -> bool:
        """Whether a terminal reaches it."""
        try:
            with self.plant.connect(source, *place, seconds) as connection:
                return ask(connection, READ, 0, 1) >= 0
        except TimeoutError:
            return False


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made, store = deciding(tmp_path, Past(HELD))
    token = enrolled(made, "n6", "nftables")
    made.points.refresh()
    nobody: Any = None
    app = FastAPI()
    enforcement.mount(app, Parts(store, nobody, nobody, nobody, access=made))
    (tmp_path / "token").write_text(token)
    (tmp_path / "token").chmod(0o600)
    with contextlib.ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(made.decider.close)
        net = stack.enter_context(plant((ALLOWED, OTHER, AGV_ADDRESS), (CONTROLLER[0], MES[0])))
        listening = inside(net.gateway, lambda: socket.create_server(("127.0.0.1", 0)))
        for place in (CONTROLLER, MES):
            controller = (sys.executable, "-m", "tests.modbus", *map(str, place))
            stack.enter_context(net.run(net.network, *controller, ready=b"ready\n"))
        stop = stack.enter_context(serving(app, listening))
        command = (sys.executable, "-c", "from sentinel.cli import main; main()", "enforce", "nftables", "--from",
                   f"http://127.0.0.1:{listening.getsockname()[1]}", "--token-file", str(tmp_path / "token"), "--pool", "10.45.0.0/16")  # fmt: skip
        stack.enter_context(net.run(net.gateway, *command))
        assert eventually(lambda: bool(made.feed.following), 20)
        yield Setting(net, made, Nftables("n6", made.feed), stop)


def test_what_the_policy_permits_opens_and_nothing_else_until_it_is_stopped(setting: Setting) -> None:
    assert not setting.opens(ALLOWED, CONTROLLER)  # no policy yet: deny is the default
    published(setting.deciding)
    setting.deciding.projection.refresh()
    assert eventually(lambda: setting.opens(ALLOWED, CONTROLLER))
    assert not setting.opens(OTHER, CONTROLLER)

    live = setting.plant.connect(ALLOWED, *CONTROLLER)
    assert ask(live, WRITE, 3, 77) == 77
    live.settimeout(0.5)
    (refused,) = setting.point.apply([dataclasses.replace(CUT, approvals=("ada",))])
    assert (refused.state, ask(live, READ, 3, 1)) == (State.FAILED, 77)
    for _ in range(2):  # given twice it is once
        (outcome,) = setting.point.apply([CUT])
        assert outcome.state is State.ACKED
    with pytest.raises(TimeoutError):
        ask(live, READ, 3, 1)  # the flow was under way
    live.close()
    assert not setting.opens(ALLOWED, CONTROLLER)

    (undone,) = setting.point.undo([CUT])
    assert undone.state is State.ACKED
    assert setting.opens(ALLOWED, CONTROLLER)


def test_a_ruleset_that_is_flushed_is_back_within_seconds_and_closed(setting: Setting) -> None:
    published(setting.deciding)
    setting.deciding.projection.refresh()
    assert eventually(lambda: setting.opens(ALLOWED, CONTROLLER))
    assert (
        setting.point.apply([dataclasses.replace(CUT, binding=Binding(AGV, address=AGV_ADDRESS))])[0].state
        is State.ACKED
    )
    with setting.plant.run(setting.plant.gateway, "nft", "flush", "ruleset"):
        pass
    assert eventually(lambda: not setting.opens(OTHER, CONTROLLER), 2)
    assert eventually(lambda: setting.opens(ALLOWED, CONTROLLER), 8)  # the whole is there again
    assert not setting.opens(OTHER, CONTROLLER)
    assert not setting.opens(AGV_ADDRESS, MES)  # what was stopped is stopped


def test_one_flow_is_stopped_and_the_others_go_on(setting: Setting) -> None:
    published(setting.deciding)
    setting.deciding.projection.refresh()
    assert eventually(lambda: setting.opens(AGV_ADDRESS, MES))
    flow = Command(Verb.QUARANTINE, "d2", Binding(GATEWAY, address=ALLOWED), 2, flow=Flow(*CONTROLLER, "tcp"))
    assert setting.point.apply([flow])[0].state is State.ACKED
    assert (setting.opens(ALLOWED, CONTROLLER), setting.opens(AGV_ADDRESS, MES)) == (False, True)
    assert eventually(lambda: setting.opens(ALLOWED, CONTROLLER), 8)  # its time is over


def test_a_permit_that_is_withdrawn_ends_the_flow_but_not_a_safety_critical_one(setting: Setting) -> None:
    published(setting.deciding)
    setting.deciding.projection.refresh()
    assert eventually(lambda: setting.opens(AGV_ADDRESS, MES) and setting.opens(ALLOWED, CONTROLLER))
    with setting.plant.connect(AGV_ADDRESS, *MES) as plain, setting.plant.connect(ALLOWED, *CONTROLLER) as critical:
        assert (ask(plain, READ, 0, 1), ask(critical, READ, 0, 1)) == (0, 0)
        holds(
            setting.deciding,
            [dataclasses.replace(each, facts={**each.facts, "fiveg.snssai.sd": "0000b2"}) for each in HELD],
        )
        setting.deciding.projection.refresh()
        plain.settimeout(0.5)
        assert eventually(lambda: not setting.opens(ALLOWED, CONTROLLER))
        with pytest.raises(TimeoutError):
            ask(plain, READ, 0, 1)
        assert ask(critical, READ, 0, 1) == 0


def test_an_address_that_somebody_else_has_inherits_nothing(setting: Setting) -> None:
    published(setting.deciding)
    setting.deciding.projection.refresh()
    assert eventually(lambda: setting.opens(ALLOWED, CONTROLLER))
    holds(setting.deciding, [session(CAMERA, ALLOWED, pei="860123050000032")])
    setting.deciding.projection.refresh()
    assert eventually(lambda: not setting.opens(ALLOWED, CONTROLLER), 2)


def test_while_the_service_is_dead_nothing_new_opens_and_what_is_open_ends_by_its_time(setting: Setting) -> None:
    feed = setting.deciding.feed
    feed.fill()
    feed.put({Element("permits", (OTHER, CONTROLLER[0], "tcp", "502")): 5})
    assert eventually(lambda: setting.opens(OTHER, CONTROLLER), 2)
    setting.stop()
    feed.put({Element("permits", (AGV_ADDRESS, CONTROLLER[0], "tcp", "502")): 60})
    assert eventually(lambda: not setting.opens(OTHER, CONTROLLER), 8)
    assert not setting.opens(AGV_ADDRESS, CONTROLLER)
    (outcome,) = Nftables("n6", feed, patience=0.1).apply([CUT])
    assert outcome.state is State.SENT  # it may come to pass, and nobody says that it has


def test_a_gateway_that_is_closed_before_its_network_is_up_lets_nothing_pass() -> None:
    with plant((ALLOWED,), (MES[0],)) as net, net.run(
        net.network, sys.executable, "-m", "tests.modbus", *map(str, MES), ready=b"ready\n"
    ):  # fmt: skip
        net.connect(ALLOWED, *MES).close()
        command = (sys.executable, "-c", "from sentinel.cli import main; main()")
        subprocess.run(
            ["ip", "netns", "exec", net.gateway, *command, "enforce", "nftables", "--closed", "--pool", "10.45.0.0/16"],
            check=True, timeout=30,
        )  # fmt: skip
        with pytest.raises(TimeoutError):
            net.connect(ALLOWED, *MES, 0.5)
