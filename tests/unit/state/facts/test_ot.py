"""Facts about industrial protocols: what is new, what is permitted, what is out of range, what stopped."""

from __future__ import annotations

from typing import Any

import pytest

from sentinel.model.event import PlainEvent, Value
from sentinel.site import Asset, Permit, SitePlan, Terminal, ValueLimit
from sentinel.state import State
from tests.unit.state.conftest import Make, facts
from tests.unit.state.facts.test_n2 import derived
from tests.unit.state.facts.test_n3n4 import N3, RELEASED, flow, whole
from tests.unit.state.test_identity import SUPI

WEEK = 7 * 24 * 3600
PLC = "10.11.6.50"


def ot(make: Make, kind: str = "modbus.write", at: float | None = None, **more: Any) -> PlainEvent:
    said: dict[str, Any] = {
        "source__ip": "10.45.0.2", "destination__ip": PLC, "ot__direction": "request", "ot__unit_id": 1, **N3,
        "ot__operation": "write", "ot__function": "write_single_register", "ot__register": "holding_register:12",
    }  # fmt: skip
    return make(kind, at=at, **{**said, **more})


def read(make: Make, at: float | None = None, **more: Any) -> PlainEvent:
    return ot(make, "modbus.read", at, ot__operation="read", ot__function="read_holding_registers", **more)


def told(added: dict[str, Value]) -> set[str]:
    return {name for name in added if name.endswith(".new")}


def test_what_is_new_after_a_week_of_learning(make: Make) -> None:
    state = State()
    early, learnt, function, pair, again = facts(
        state, read(make, at=1), read(make, at=WEEK + 2), ot(make, at=WEEK + 3),
        read(make, at=WEEK + 4, source__ip="10.45.0.9"), ot(make, at=WEEK + 5),
    )  # fmt: skip
    assert told(early) == told(learnt) == told(again) == set()
    assert told(function) == {"ot.function.new", "ot.writer.new"}
    assert told(pair) == {"ot.conversation.new", "ot.function.new"}


def test_the_plan_says_how_long_to_learn(make: Make, site: SitePlan) -> None:
    plan = site.model_copy(update={"ot_learning_hours": 0})
    (first,) = facts(State(plan), ot(make))
    assert told(first) == {"ot.conversation.new", "ot.function.new", "ot.writer.new"}
    (answer,) = facts(State(plan), ot(make, "modbus.response", ot__direction="response"))
    assert told(answer) == set()


def test_masters_of_one_station(make: Make) -> None:
    state = State()
    added = facts(state, *(ot(make, at=at, source__ip=ip) for at, ip in ((1, "a"), (2, "b"), (3, "a"), (100, "b"))))
    assert [each.get("ot.masters.active") for each in added] == [None, 2, 2, None]


def test_the_asset_that_is_spoken_to(make: Make, site: SitePlan) -> None:
    plan = site.model_copy(update={"assets": (Asset(PLC, role="plc", level="核心"),)})
    known, other = facts(State(plan), ot(make), ot(make, destination__ip="10.11.6.51"))
    assert (known["ot.asset.role"], known["ot.asset.level"]) == ("plc", "核心")
    assert "ot.asset.role" not in other


NOON = 1_780_000_000 // 86400 * 86400 + 4 * 3600  # in Shanghai
PERMIT = {"target": PLC, "protocol": "modbus", "unit": "1", "functions": "write", "registers": "holding_register:10-19",
          "hours": "08:00-18:00", "until": "2030-01-01"}  # fmt: skip


@pytest.mark.parametrize(
    ("writer", "change", "event", "permitted"),
    [
        (SUPI, {}, {}, True),
        ("engineering", {}, {}, True),
        ("10.45.0.0/24", {}, {}, True),
        ("999700000000009", {}, {}, False),
        (SUPI, {"target": "plc"}, {}, True),
        (SUPI, {"target": "10.11.6.99"}, {}, None),
        (SUPI, {"protocol": "s7comm"}, {}, False),
        (SUPI, {"unit": "2 3"}, {}, False),
        (SUPI, {"functions": "write_single_coil"}, {}, False),
        (SUPI, {"functions": "write_single_register"}, {}, True),
        (SUPI, {}, {"ot__register": "holding_register:20"}, False),
        (SUPI, {}, {"ot__register": ("holding_register:10", "coil:1")}, False),
        (SUPI, {"hours": "18:00-08:00"}, {}, False),
        (SUPI, {"until": "2020-01-01"}, {}, False),
        (SUPI, {}, {"ot__operation": "read"}, None),
        (SUPI, {}, {"ot__direction": "response"}, None),
    ],
)
def test_permits(
    make: Make, site: SitePlan, writer: str, change: dict[str, str], event: dict[str, Any], permitted: bool | None
) -> None:
    plan = site.model_copy(
        update={
            "permits": (Permit(**{"writer": writer, **PERMIT, **change}),),
            "terminals": (Terminal(SUPI, group="engineering"),),
            "assets": (Asset(PLC, role="plc"),),
        }
    )
    state = State(plan)
    facts(state, *whole(make))
    (judged,) = facts(state, ot(make, at=NOON, **event))
    assert judged.get("ot.writer.permitted") is permitted


@pytest.mark.parametrize(
    ("values", "broken"),
    [(("50",), None), (("101",), "most 100"), (("-1",), "least 0"), (("50", "60", "200"), "most 100"), (("nan",), None),
     (("x",), None)],
)  # fmt: skip
def test_limits(make: Make, site: SitePlan, values: tuple[str, ...], broken: str | None) -> None:
    limit = ValueLimit(PLC, "holding_register:12-14", least="0", most="100")
    (judged,) = facts(State(site.model_copy(update={"limits": (limit,)})), ot(make, ot__value=values))
    assert judged.get("ot.value.limit") == broken
    assert judged.get("ot.value.out_of_range") is (True if broken else None)


def test_steps_and_registers_without_limits(make: Make, site: SitePlan) -> None:
    limit = ValueLimit(PLC, "holding_register:12", step="10", unit="1")
    state = State(site.model_copy(update={"limits": (limit,)}))
    first, small, large, other, unit = facts(
        state, ot(make, ot__value="50"), ot(make, ot__value="60"), ot(make, ot__value="71"),
        ot(make, ot__value="999", ot__register="holding_register:13"), ot(make, ot__value="999", ot__unit_id=2),
    )  # fmt: skip
    assert large["ot.value.limit"] == "step 10"
    for fine in (first, small, other, unit):
        assert "ot.value.limit" not in fine


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        ({"st": 5, "sq": 2}, None),
        ({"st": 6, "sq": 0}, None),
        ({"st": 4, "sq": 9}, ("state_regressed",)),
        ({"st": 6, "sq": 3}, ("sequence_jump",)),
        ({"st": 5, "sq": 1}, None),  # the same frame, seen in another tunnel
        ({"st": 5, "sq": 0}, ("sequence_jump",)),
        ({"st": 5, "sq": 2, "mac": "00-00-5E-00-53-99"}, ("second_source",)),
        ({"st": 5, "sq": 2, "at": 9}, ("expired",)),
    ],
)
def test_goose(make: Make, second: dict[str, Any], wrong: tuple[str, ...] | None) -> None:
    def frame(st: int, sq: int, mac: str = "00-00-5E-00-53-01", at: float = 1) -> PlainEvent:
        return make("goose.publish", at=at, source__mac=mac, goose__gocb_ref="A$GO$gcb", goose__st_num=st,
                    goose__sq_num=sq, goose__time_allowed_to_live=2000)  # fmt: skip

    _, judged = facts(State(), frame(5, 1), frame(**{"at": 2, **second}))
    assert judged.get("goose.anomaly") == wrong


def test_mqtt_clients(make: Make, site: SitePlan) -> None:
    def client(kind: str, source: str, **more: Any) -> PlainEvent:
        return make(f"mqtt.{kind}", source__ip=source, destination__ip="10.11.6.9", mqtt__client_id="pump", **more)

    state = State(site.model_copy(update={"ot_learning_hours": 0}))
    first, again, taken, _, fine = facts(
        state, client("connect", "10.45.0.2"), client("connect", "10.45.0.2"), client("connect", "10.45.0.9"),
        client("disconnect", "10.45.0.9"), client("connect", "10.45.0.2"),
    )  # fmt: skip
    assert (taken["mqtt.client.moved"], taken["mqtt.client.address_before"]) == (True, "10.45.0.2")
    for added in (first, again, fine):
        assert "mqtt.client.moved" not in added
    topic = {"mqtt__topic": "plant/cmd"}
    new, known, other = facts(
        state, *(client("publish", ip, **topic) for ip in ("10.45.0.2", "10.45.0.2", "10.45.0.9"))
    )
    assert new["mqtt.publisher.new"] is other["mqtt.publisher.new"] is True
    assert "mqtt.publisher.new" not in known


def polls(make: Make, number: int = 30, period: float = 1) -> list[PlainEvent]:
    return [read(make, at=20 + at * period) for at in range(number)]


def test_a_cycle_that_stops_is_told_once(make: Make) -> None:
    state = State()
    made = derived(state, *whole(make), *polls(make), *(flow(make, at=at) for at in (51, 54, 70)))
    (lost,) = [each for each in made if each["event.action"] == "ot.poll_lost"]
    assert (lost["ot.poll.period"], lost["fiveg.supi"]) == (1.0, SUPI)
    assert not derived(state, read(make, at=71), read(make, at=72), flow(make, at=72.5))


def test_no_cycle_no_loss(make: Make) -> None:
    few = polls(make, 10)
    uneven = [
        read(make, at=at)
        for at in (20, 21, 29, 30, 38, 39, 47, 48, 56, 57, 65, 66, 74, 75, 83, 84, 92, 93, 101, 102, 110)
    ]
    for begun in (few, uneven):
        assert derived(State(), *begun, flow(make, at=500), flow(make, at=900)) == []


def test_nothing_is_lost_where_the_monitor_or_the_terminal_is_gone(make: Make) -> None:
    assert derived(State(), *polls(make), make("pfcp.heartbeat_request", at=100)) == []
    state = State()
    made = derived(state, *whole(make), *polls(make))
    gone = [make(e.kind, at=50, **{k.replace(".", "__"): v for k, v in e.fields.items() if k != "event.action"}) for e in RELEASED[1](make)]  # fmt: skip
    made += derived(state, *gone, flow(make, at=60), flow(make, at=70))
    assert [each for each in made if each["event.action"] == "ot.poll_lost"] == []


def test_a_slow_poller_that_leaves_is_not_lost(make: Make) -> None:
    """Its session is long forgotten when the poll after the last is missed."""
    state = State()
    made = derived(state, *whole(make), *(read(make, at=20 * step) for step in range(1, 30)))
    gone = [make(e.kind, at=585, **{k.replace(".", "__"): v for k, v in e.fields.items() if k != "event.action"}) for e in RELEASED[1](make)]  # fmt: skip
    made += derived(state, *gone, *(flow(make, at=at) for at in (600, 640, 700, 800)))
    assert [each for each in made if each["event.action"] == "ot.poll_lost"] == []
