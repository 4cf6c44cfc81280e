from __future__ import annotations

import time
from dataclasses import replace

from sentinel.access.information.present import Present
from sentinel.model.facts import Kind, Told
from tests.continuous import Rig
from tests.deciding import AGV, TABLET

NOW = time.time_ns()


def test_a_session_is_held_until_it_is_over(rig: Rig) -> None:
    present, told = Present(), rig.session(addresses=("10.45.1.11", "2001:db8::1"))
    assert present.take(told) == AGV
    assert [held.key for held in present.holdings(AGV, 0, told.time)] == ["10.45.1.11", "2001:db8::1"]
    (held,) = present.holders("address", "2001:db8::1", told.time)
    assert (held.holder, held.facts["fiveg.dnn"]) == (told.key, "ot")
    assert present.holders("teid", "2001:db8::1", told.time) == []
    assert present.take(replace(told, over=True)) == AGV
    assert present.holdings(AGV, 0, told.time) == []
    assert present.holders("address", "2001:db8::1", told.time) == []
    assert present._of == present._at == {}


def test_an_address_that_changed_is_the_old_ones_no_longer(rig: Rig) -> None:
    present, told = Present(), rig.session()
    present.take(told)
    present.take(replace(told, fields={**told.fields, "addresses": ("10.45.1.99",)}))
    assert present.holders("address", "10.45.1.11", told.time) == []
    assert [each.supi for each in present.at("10.45.1.99")] == [AGV]


def test_two_may_have_one_address(rig: Rig) -> None:
    present = Present()
    present.take(rig.session())
    present.take(rig.session(TABLET))
    assert {held.facts["fiveg.supi"] for held in present.holders("address", "10.45.1.11", time.time_ns())} == {
        AGV,
        TABLET,
    }


def test_a_place_is_where_a_terminal_is() -> None:
    present = Present()
    told = Told(Kind.PLACE, "p", NOW, {"fiveg.supi": AGV, "fiveg.tac": "1", "since": NOW})
    present.take(told)
    (held,) = present.holdings(AGV, 0, NOW + 1)
    assert (held.kind, held.facts["fiveg.tac"]) == ("context", "1")
    present.take(replace(told, over=True))
    assert present.holdings(AGV, 0, NOW + 1) == []


def test_when_the_worker_was_heard_is_known() -> None:
    present = Present()
    assert present.take(Told(Kind.WORKER, "worker", NOW, {"since": 7})) == ""
    assert (present.heard, present.since) == (NOW, 7)


def test_a_slice_is_written_as_policies_write_it(rig: Rig) -> None:
    present, told = Present(), rig.session()
    present.take(told)
    (standing,) = present.everyone()
    assert standing.slice == "2-0000a1"
    present.take(replace(told, fields={**told.fields, "fiveg.snssai.sd": ""}))
    assert present.everyone()[0].slice == "2"


def test_what_was_asked_before_a_change_is_not_told_after_it(rig: Rig) -> None:
    present, told = Present(), rig.session()
    place = Told(Kind.PLACE, "p", NOW, {"fiveg.supi": AGV, "fiveg.tac": "1", "since": NOW})

    def held(supi: str = AGV) -> list[str]:
        return sorted(each.key for each in present.holdings(supi, 0, told.time + 10**12))

    assert (present.holdings(TABLET, 0, told.time), held()) == ([], [])
    present.take(told)
    assert held() == ["10.45.1.11"]
    present.take(place)
    assert held() == ["10.45.1.11", "p"]
    present.take(replace(told, fields={**told.fields, "fiveg.supi": TABLET}))
    assert (held(), held(TABLET)) == (["p"], ["10.45.1.11"])
    present.take(replace(place, over=True))
    assert held() == []
