from __future__ import annotations

from dataclasses import replace
from random import Random

from sentinel.access.authoring.files import load_folder
from sentinel.access.authoring.lint import lint
from sentinel.access.engine.conditions import Within
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.target import target
from sentinel.site import load_site
from tests.policies import MODEL, ROOT, START, a_rule

SITE = load_site(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")
RULE = replace(a_rule(Random(1), 1), site="demo-plant", atoms=(), subjects=("any",), targets=(target("any"),))


def _said(rule: object) -> list[str]:
    assert isinstance(rule, type(RULE))
    return [str(mistake) for mistake in lint(Policy((rule,), MODEL), START, SITE)]


def test_the_example_has_no_mistake() -> None:
    assert lint(load_folder(ROOT / "policies", "Asia/Shanghai"), START, SITE) == []


def test_names_that_the_plan_does_not_have_are_told() -> None:
    """Casbin takes an unknown group or resource without a word."""
    assert "there is no site `other`" in _said(replace(RULE, site="other"))[0]
    assert "`grp:agvs` is nobody" in _said(replace(RULE, subjects=("grp:agvs",)))[0]
    assert "`supi:1` is nobody" in _said(replace(RULE, subjects=("supi:1",)))[0]
    assert "`app:plcs` is nothing" in _said(replace(RULE, targets=(target("app:plcs"),)))[0]
    assert "`nf:xyz` is nothing" in _said(replace(RULE, targets=(target("nf:xyz"),)))[0]
    assert _said(RULE) == []


def test_a_rule_that_is_over_is_told() -> None:
    assert "is past" in _said(replace(RULE, atoms=(Within("time", ((0, START - 1),)),)))[0]
    assert _said(replace(RULE, atoms=(Within("time", ((0, START),)),))) == []
