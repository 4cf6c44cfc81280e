from __future__ import annotations

from dataclasses import replace

from sentinel.access.administration.orders import Order, Orders, Phase, name_of
from sentinel.model.enforcement import Binding, Command, Outcome, State, Verb
from tests.deciding import AGV, NOW

COMMAND = Command(Verb.QUARANTINE, "d1", Binding(AGV, address="10.45.1.11"), 60)
ORDER = Order(name_of(COMMAND), COMMAND, "no_rule", "s1", ("a", "b"), NOW, Phase.SENT, NOW)


def _came(point: str, state: State, command: Command = COMMAND) -> Outcome:
    return Outcome(command.id, point, state, NOW + 1, "said")


def test_its_name_names_no_person() -> None:
    assert AGV not in ORDER.id
    assert ORDER.id != name_of(replace(COMMAND, binding=Binding("999700000000002")))


def test_the_worst_of_what_points_say_is_what_it_is() -> None:
    order = ORDER.given(_came("a", State.ACKED))
    assert order.phase is Phase.ACKED
    assert order.given(_came("b", State.FAILED)).phase is Phase.FAILED
    assert order.given(_came("b", State.SENT)).phase is Phase.ACKED  # one point holds it, and the tap will tell
    assert [each.point for each in order.given(_came("a", State.FAILED)).outcomes] == ["a"]


def test_what_the_tap_saw_is_not_undone_by_an_acknowledgement() -> None:
    assert replace(ORDER, phase=Phase.LEAKED).given(_came("a", State.ACKED)).phase is Phase.LEAKED


def test_orders_are_found_while_they_live() -> None:
    orders = Orders()
    orders.put(ORDER)
    assert orders.of(AGV) == orders.at("10.45.1.11") == orders.active() == [ORDER]
    assert orders.came(_came("a", State.ACKED)) == orders.get(ORDER.id)
    orders.put(replace(ORDER, phase=Phase.ENDED))
    assert orders.of(AGV) == orders.at("10.45.1.11") == orders.active() == []
    assert orders.came(_came("a", State.FAILED)) is None
    assert [told.over for told in orders.changes()] == [True]
    orders.forget(NOW + 1)
    assert orders.everyone() == []


def test_what_was_told_is_taken_up_again() -> None:
    orders, again = Orders(), Orders()
    orders.put(ORDER)
    (told,) = orders.changes()
    again.take(told)
    assert again.active() == [ORDER]


def test_one_that_is_taken_back_is_over_when_all_points_have_let_go() -> None:
    orders = Orders()
    orders.put(replace(ORDER, phase=Phase.UNDOING))
    assert (orders.active(), [each.holding for each in orders.undoing()]) == ([], [("a", "b")])
    orders.undone(_came("a", State.ACKED))
    orders.undone(_came("b", State.FAILED))
    assert [each.holding for each in orders.undoing()] == [("b",)]
    assert orders.undone(_came("b", State.ACKED)) is not None
    assert (orders.undoing(), orders.everyone()[0].phase) == ([], Phase.ENDED)
    assert orders.undone(_came("b", State.ACKED)) is None
