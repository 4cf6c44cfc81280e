from __future__ import annotations

import dataclasses

import pytest

from sentinel.access.engine.groups import Groups
from sentinel.access.information.pip import Asked, Pip
from sentinel.access.information.trust import Term, Trust
from sentinel.model.access import Request
from sentinel.site import Permit
from sentinel.state.history import Held
from tests.deciding import AGV, AGV_PLACE, AGV_SESSION, NOW, PLC, POLICY, SECOND, SITE, TABLET, Past, session

ASKED = Asked(PLC, "modbus:write", NOW, AGV)
SOILED = Trust(50, (Term(AGV, "a1", "r", "ot", 0.5, NOW, NOW),))


def _request(
    asked: Asked = ASKED, *held: Held, site: object = SITE, trust: Trust = SOILED, fresh: int = NOW - 7 * SECOND
) -> Request:
    assert isinstance(site, type(SITE))
    pip = Pip(site, Past(held or (AGV_SESSION, AGV_PLACE)), lambda *_: trust, lambda: fresh)
    return pip.request(asked, POLICY.groups)[0]


def test_facts_are_our_own_as_of_the_moment() -> None:
    request = _request()
    assert dict(request.context) == {
        "time": NOW, "trust": 50, "slice": "2-0000a1", "dnn": "ot", "session_age": 3600, "cell": "0x000000011", "tac": "1",
        "facts_age": 7, "bound": "true", "ticket": "no", **{f"posture:clean-{plane}": "yes" for plane in
        ("n2", "n3", "n4", "sbi", "identity")}, "posture:clean-ot": "no",
    }  # fmt: skip
    assert set(request.subject.keys) == {
        "any",
        f"supi:{AGV}",
        "grp:agv",
        "grp:vehicles",
        "grp:machines",
        "imei-tac:86012305",
    }
    assert (request.site, request.resource, request.action) == ("demo-plant", PLC, "modbus:write")


def test_an_address_finds_the_terminal_that_holds_it() -> None:
    assert _request(Asked(PLC, "connect", NOW, address="10.45.1.11")).subject.supi == AGV


@pytest.mark.parametrize(
    "asked",
    [Asked(PLC, "connect", NOW, address="10.45.9.9"), Asked(PLC, "connect", NOW, address="nonsense"), Asked(PLC, "connect", NOW),
     Asked(PLC, "connect", NOW, "123450000000001"), Asked(PLC, "connect", NOW - 10**15, address="10.45.1.11")],
)  # fmt: skip
def test_who_is_nobody_is_a_stranger(asked: Asked) -> None:
    assert not _request(asked).subject.known


def test_an_address_that_two_terminals_hold_is_nobodys() -> None:
    held = (AGV_SESSION, session(TABLET, "10.45.1.11"))
    assert not _request(Asked(PLC, "connect", NOW, address="10.45.1.11"), *held).subject.known


def test_of_two_sessions_only_what_both_say_is_known() -> None:
    other = dataclasses.replace(AGV_SESSION, key="10.45.0.11", facts={**AGV_SESSION.facts, "fiveg.dnn": "internet"})
    context = _request(ASKED, AGV_SESSION, other).context
    assert "dnn" not in context
    assert context["slice"] == "2-0000a1"
    by_address = dataclasses.replace(ASKED, supi="", address="10.45.0.11")
    assert _request(by_address, AGV_SESSION, other).context["dnn"] == "internet"


def test_what_ended_is_no_fact_any_more() -> None:
    ended = dataclasses.replace(AGV_SESSION, until=NOW)
    context = _request(ASKED, ended).context
    assert not {"slice", "dnn", "session_age"} & context.keys()
    assert context["bound"] == "unproved"


def _certified() -> object:
    rows = tuple(dataclasses.replace(row, certificate="a" * 64) if row.supi == AGV else row for row in SITE.terminals)
    return SITE.model_copy(update={"terminals": rows})


@pytest.mark.parametrize(
    ("certificate", "pei", "bound"),
    [
        ("a" * 64, "860123050000016", "true"),
        ("a" * 64, "860123050000019", "true"),  # another check digit
        ("b" * 64, "860123050000016", "changed"),
        ("", "860123050000016", "unproved"),
        ("a" * 64, "860123059999916", "changed"),
        ("", "860123059999916", "changed"),
        ("a" * 64, "", "unproved"),
    ],
)
def test_a_terminal_is_bound_by_subscriber_device_and_certificate(certificate: str, pei: str, bound: str) -> None:
    asked = dataclasses.replace(ASKED, certificate=certificate)
    held = session(AGV, "10.45.1.11", pei=pei)
    assert _request(asked, held, site=_certified()).context["bound"] == bound


@pytest.mark.parametrize(("until", "ticket"), [("", "yes"), ("2026-03-02", "yes"), ("2026-03-01", "no")])
def test_a_permit_for_the_resource_is_a_ticket_while_it_stands(until: str, ticket: str) -> None:
    site = SITE.model_copy(update={"permits": (Permit("agv", "10.11.6.50", until=until),)})
    assert _request(site=site).context["ticket"] == ticket


def test_an_area_is_the_base_station_that_alone_serves_it() -> None:
    alone = SITE.model_copy(update={"gnbs": SITE.gnbs[:1]})
    assert _request(site=alone).context["area"] == "gnb-assembly"
    assert "area" not in _request().context


def test_what_changes_for_a_terminal_is_so_with_the_next_request() -> None:
    """What follows from what it holds is remembered only as long as it holds the same, and its names for each policy."""
    past = Past((AGV_SESSION, AGV_PLACE))
    pip = Pip(SITE, past, lambda *_: SOILED, lambda: NOW)
    first, others = POLICY.groups, Groups({"robots": ["agv"]})
    before = pip.request(ASKED, first)[0]
    past.held = (dataclasses.replace(AGV_SESSION, facts={**AGV_SESSION.facts, "fiveg.dnn": "internet"}),)
    after = pip.request(ASKED, others)[0]
    assert [each.context.get("dnn") for each in (before, after)] == ["ot", "internet"]
    assert [each.context.get("tac") for each in (before, after)] == ["1", None]
    assert "grp:robots" in after.subject.keys
    assert "grp:robots" not in pip.request(ASKED, first)[0].subject.keys
    assert pip.request(dataclasses.replace(ASKED, certificate="c"), first)[0].subject.certificate == "c"
    assert not pip.request(ASKED, first)[0].subject.certificate
