"""What an editor offers is what a policy may say."""

from __future__ import annotations

from sentinel.access.authoring.forms import RuleForm
from sentinel.access.authoring.words import words
from sentinel.access.engine.rule import verbs
from sentinel.access.engine.target import target
from tests.deciding import POLICY, SITE


def test_all_that_is_offered_can_be_read() -> None:
    """Every subject, resource and action, and every value of a condition."""
    found = words(SITE, POLICY.groups)
    rule = {"id": "x", "title": "x", "title_zh": "x", "effect": "allow", "resource": "any", "action": "any"}
    for subject in found.subjects:
        RuleForm.model_validate({**rule, "subject": subject})
    for resource in found.resources:
        target(resource)
    for action in found.actions:
        verbs(action)
    assert {"grp:agv", "grp:maintenance"} <= {*found.subjects}
    assert {"app:plc", "app:plc/10.11.6.50:502"} <= {*found.resources}
    assert found.values["slice"] == ("1", "2-0000a1")
    assert set(found.keys["when"]) >= {"trust", "bound"}
