"""The interpreter explains, and foresees what a kind can match."""

from __future__ import annotations

import pytest

from sentinel.detection.condition import parse
from sentinel.detection.interpret import explain, foresee
from sentinel.detection.modifiers import item
from sentinel.model.alert import Clause
from sentinel.model.event import Value
from sentinel.model.fields import CATALOGUE
from tests.unit.detection.conftest import MakeRules

SEARCHES = {
    "kind": item("event.action", ["ngap.ng_reset"], CATALOGUE, {}),
    "any_ngap": item("event.action|startswith", ["ngap."], CATALOGUE, {}),
    "weak": item("fiveg.nas.cipher", ["NEA0"], CATALOGUE, {}),
}


def test_explains_every_clause_with_its_value() -> None:
    node = parse("weak and not kind", SEARCHES)
    found = explain(node, {"event.action": "nas.security_mode_command", "fiveg.nas.cipher": "NEA0"})
    weak = Clause("fiveg.nas.cipher = NEA0", True, "fiveg.nas.cipher", "NEA0")
    kind = Clause("event.action = ngap.ng_reset", False, "event.action", "nas.security_mode_command")
    inner = Clause("not", True, children=(Clause("kind", False, children=(kind,)),))
    assert found == Clause("and", True, children=(Clause("weak", True, children=(weak,)), inner))


def test_a_quantifier_keeps_its_words() -> None:
    assert explain(parse("1 of *", SEARCHES), {}).text == "1 of *"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("kind", True),
        ("weak", None),
        ("any_ngap and weak", None),
        ("not any_ngap and weak", False),
        ("not kind", False),
        ("kind or weak", True),
        ("2 of *", True),
        ("all of *", None),
    ],
)
def test_foresees_from_the_kind_alone(condition: str, expected: bool | None) -> None:
    assert foresee(parse(condition, SEARCHES), "ngap.ng_reset") is expected


def test_a_keyword_says_where_it_was_found_and_a_reference_what_it_was_held_against(make_rules: MakeRules) -> None:
    rules = make_rules("detection: {k: [needle], r: {source.ip|fieldref: destination.ip}, condition: k and r}")
    fields: dict[str, Value] = {"fiveg.dnn": "a needle here", "source.ip": "10.0.0.1", "destination.ip": "10.0.0.1"}
    why = explain(rules.rules[0].condition, fields)
    keyword, reference = (named.children[0] for named in why.children)
    assert (keyword.held, keyword.field, keyword.value) == (True, "fiveg.dnn", "a needle here")
    assert [(one.field, one.value) for one in reference.children] == [("destination.ip", "10.0.0.1")]
