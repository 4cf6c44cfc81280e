from __future__ import annotations

from dataclasses import replace

from sentinel.access.administration import happening
from sentinel.access.deciding.glass import Glass
from sentinel.model.enforcement import Flow, Outcome, State
from sentinel.model.facts import Kind, Told
from sentinel.pipeline import FIELDS
from tests.deciding import AGV, NOW
from tests.unit.access.administration.test_orders import COMMAND, ORDER


def test_events_carry_fields_of_the_catalogue_and_say_whom_they_are_about() -> None:
    order = replace(ORDER, command=replace(COMMAND, flow=Flow("10.11.6.50", 502, "tcp")), evidence=("p1",))
    glass = Glass("g1", "any", "app:plc", "modbus:diag", (), "r", "ada", 60, 0)
    outcome = Outcome(COMMAND.id, "gw", State.FAILED, NOW, "no route")
    events = [
        happening.held(order),
        happening.leaked(order),
        happening.failed(order, outcome),
        happening.broken(glass, "ada"),
        happening.unsynchronised("no disk"),
        happening.unsound("a record was changed"),
        happening.damaged(Told(Kind.LOCK, AGV, NOW, number=7, damaged=True)),
    ]
    assert {name for event in events for name in event.fields} <= set(FIELDS)
    assert [event.fields.get("fiveg.supi") for event in events] == [AGV, AGV, AGV, None, None, None, None]
    assert len({event.id for event in events}) == 7
    assert events[1].fields["access.leaked.packets"] == ("p1",)
    assert (events[0].fields["destination.ip"], events[0].fields["destination.port"]) == ("10.11.6.50", 502)
    assert happening.held(order) == events[0]  # told twice it is the same
