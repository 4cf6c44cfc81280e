"""Facts about where flows go and how."""

from __future__ import annotations

import pytest

from sentinel.model.event import PlainEvent, Value
from sentinel.site import Asset, Peering, SitePlan, Terminal
from sentinel.state import State
from tests.unit.state.conftest import Make, facts


@pytest.mark.parametrize(
    ("address", "outside"),
    [("8.8.8.8", True), ("203.0.113.7", True), ("2001:db8::1", True), ("10.9.9.9", False), ("172.20.0.1", False),
     ("100.64.0.1", False), ("239.1.1.1", False), ("fe80::1", False), ("fd00::1", False), ("", False)],
)  # fmt: skip
def test_outside_is_what_is_not_private(make: Make, address: str, outside: bool) -> None:
    (said,) = facts(State(), make("flow.started", source__ip="10.45.0.2", destination__ip=address))
    assert said["fiveg.flow.external"] is outside


def test_an_asset_and_a_terminal_are_inside(make: Make, site: SitePlan) -> None:
    assets = (Asset("198.51.100.4", role="plc"), Asset("198.51.100.5"))
    mine = site.model_copy(update={"assets": assets, "ue_pools": ("198.51.100.64/26",)})
    mine = SitePlan.model_validate(mine.model_dump(exclude={"assets"})).model_copy(update={"assets": assets})
    said: list[dict[str, Value]] = facts(
        State(mine), *(make("flow.started", destination__ip=f"198.51.100.{last}") for last in (4, 5, 70, 9))
    )
    assert [each["fiveg.flow.external"] for each in said] == [False, False, False, True]
    assert [each.get("fiveg.flow.asset_role") for each in said] == ["plc", None, None, None]


def query(make: Make, name: str, to: str = "10.11.6.53") -> PlainEvent:
    return make("dns.query", dns__question__name=name, destination__ip=to)


def test_a_name_is_parted_at_its_registered_domain(make: Make) -> None:
    asked = ("mes.plant.example", "a1b2c3d4.x.co.uk", "example.com", "localhost")
    short, shared, bare, none = facts(State(), *(query(make, name) for name in asked))
    assert (short["dns.question.registered_domain"], short["dns.question.subdomain_length"]) == ("plant.example", 3)
    assert (shared["dns.question.registered_domain"], shared["dns.question.entropy"]) == ("x.co.uk", 3.0)
    assert (bare["dns.question.subdomain_length"], bare["dns.question.entropy"]) == (0, 0.0)
    assert "dns.question.registered_domain" not in none


def test_resolvers_are_those_of_the_register(make: Make, site: SitePlan) -> None:
    mine = site.model_copy(update={"assets": (Asset("10.11.6.53", role="dns"), Asset("10.11.6.80", role="mes"))})
    said = facts(State(mine), *(query(make, "a.b", to) for to in ("10.11.6.53", "10.11.6.80", "8.8.8.8")))
    assert [each["dns.resolver.listed"] for each in said] == [True, False, False]
    (none,) = facts(State(site), query(make, "a.b"))
    assert "dns.resolver.listed" not in none


def test_two_answers_to_one_query_contradict_each_other(make: Make) -> None:
    def answer(address: str, number: str = "7") -> PlainEvent:
        return make("dns.response", dns__id=number, dns__question__name="a.b", dns__resolved_ip=(address,))

    _, same, other, next_one = facts(
        State(), answer("1.1.1.1"), answer("1.1.1.1"), answer("6.6.6.6"), answer("9.9.9.9", "8")
    )
    assert "dns.answer.contradicting" not in same
    assert other["dns.answer.contradicting"] is True
    assert "dns.answer.contradicting" not in next_one


def test_a_clock_has_no_spread(make: Make) -> None:
    def call(at: float) -> PlainEvent:
        return make("flow.started", at, source__ip="10.45.0.2", destination__ip="203.0.113.7", destination__port=443)

    regular = facts(State(), *(call(60.0 * number) for number in range(1, 6)))[-1]
    assert (regular["fiveg.flow.repeats"], regular["fiveg.flow.interval"], regular["fiveg.flow.interval_spread"]) == (
        5, 60.0, 0.0)  # fmt: skip
    assert regular["fiveg.flow.known_for"] == 240
    ragged = facts(State(), *(call(at) for at in (1, 2, 50, 51, 300)))[-1]
    assert float(str(ragged["fiveg.flow.interval_spread"])) > 1


def test_a_certificate_is_held_against_time_and_name(make: Make) -> None:
    def shown(at: float, name: str, **more: Value) -> PlainEvent:
        said: dict[str, Value] = {"tls__server__not_before": "1970-01-01T00:00:00Z", "tls__server__not_after": "1970-01-01T00:10:00Z",
                                  "tls__client__server_name": name, "tls__server__subject": "CN=mes.plant.example, O=Plant"}  # fmt: skip
        return make("tls.certificate", at, **{**said, **more})

    good, late, wrong, wild = facts(
        State(), shown(1, "mes.plant.example"), shown(700, "mes.plant.example"), shown(1, "evil.example"),
        shown(1, "hmi.plant.example", tls__server__x509__alternative_names=("*.plant.example",)),
    )  # fmt: skip
    assert (good["tls.server.validity"], good["tls.server.name_mismatch"]) == ("valid", False)
    assert late["tls.server.validity"] == "expired"
    assert wrong["tls.server.name_mismatch"] is True
    assert wild["tls.server.name_mismatch"] is False


def test_terminals_talk_as_the_plan_says(make: Make, site: SitePlan) -> None:
    """By group and port; an answer whose beginning was not seen is judged both ways, an expired row counts no more."""
    rows = (Peering("tablet", "robot", "22 5000-5010"), Peering("10.45.0.9", "10.45.0.0/24", until="1969-12-31"))
    register = (Terminal("1", group="tablet", ip="10.45.0.2"), Terminal("2", group="robot", ip="10.45.0.3"))
    mine = site.model_copy(update={"peerings": rows, "terminals": register})

    def call(source: str, destination: str, port: int, flags: str = "S") -> PlainEvent:
        return make("flow.started", source__ip=source, destination__ip=destination, destination__port=port,
                    source__port=22, tcp__flags=flags)  # fmt: skip

    tablet, robot = "10.45.0.2", "10.45.0.3"
    calls = (
        call(tablet, robot, 22), call(tablet, robot, 5010), call(tablet, robot, 23), call(robot, tablet, 40000),
        call(robot, tablet, 40000, "SA"), call("10.45.0.9", robot, 80), call(tablet, "10.11.6.80", 80),
    )  # fmt: skip
    said = [each.get("fiveg.flow.peering_permitted") for each in facts(State(mine), *calls)]
    assert said == [True, True, False, False, True, False, None]
    (unjudged,) = facts(State(site), call(tablet, robot, 23))
    assert unjudged["fiveg.flow.between_terminals"] is True
    assert "fiveg.flow.peering_permitted" not in unjudged
