from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access.authoring.files import load, load_folder, read_folder
from sentinel.errors import PolicyError
from tests.policies import MODEL, ROOT

HEAD = "site: plant\ndomain: terminal_access\nrules:\n"
RULE = "  - {{id: {0}, title: T, title_zh: 题, effect: {1}, subject: any, resource: any, action: any, when: {{{2}}}}}\n"


def _load(rules: str, groups: str = "") -> None:
    load({"model.conf": MODEL, "groups.yml": groups, "d/policy.yml": HEAD + rules}, "UTC", Path("p"))


@pytest.mark.parametrize(
    ("rules", "groups", "said"),
    [
        (RULE.format("a", "Deny", ""), "", "p/d/policy.yml:4: `rules.0.effect`"),
        (RULE.format("a", "allow", "") * 2, "", "p/d/policy.yml:5: there already is a rule `a`, in p/d/policy.yml:4"),
        (
            RULE.format("a", "allow", 'trust: "<30"'),
            "",
            "p/d/policy.yml:4: `trust` of `a`: expected such as `>=60` in an allow",
        ),
        (
            RULE.format("a", "deny", 'trust: ">=30"'),
            "",
            "p/d/policy.yml:4: `trust` of `a`: expected such as `<30` in a deny",
        ),
        (RULE.format("a", "deny", "posture: clean-ot"), "", "a deny cannot ask for `posture:clean-ot`"),
        (RULE.format("a", "deny", "approved_ticket: true"), "", "a deny cannot ask for `ticket`"),
        (
            RULE.format("a", "allow", ""),
            "groups:\n  a: [b]\n  b: [a]\n",
            "p/groups.yml:2: the group `a` lies in itself",
        ),
        (RULE.format("a", "allow", ""), "groups: [a]", "p/groups.yml:1: `groups`"),
        ("  - [", "", "p/d/policy.yml:5: not YAML"),
        ("", "", "p/d/policy.yml:3: `rules`"),
    ],
)
def test_a_mistake_names_file_and_line(rules: str, groups: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _load(rules, groups)
    assert str(caught.value).startswith(said) or said in str(caught.value)


def test_a_file_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(PolicyError, match="expected a mapping with site, domain, rules"):
        load({"model.conf": MODEL, "d/policy.yml": "[]"}, "UTC")
    with pytest.raises(PolicyError, match="casbin's model"):
        load({}, "UTC")


@pytest.mark.parametrize("model", ["", "x", MODEL.replace("condMatch", "noSuch"), MODEL.replace("[matchers]", "[m]")])
def test_a_model_that_casbin_cannot_judge_by_is_named_itself(model: str) -> None:
    assert model != MODEL
    with pytest.raises(PolicyError, match=r"^p/model\.conf: is no model"):
        load({"model.conf": model}, "UTC", Path("p"))


def test_a_policy_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"model\.conf: cannot be read"):
        read_folder(tmp_path)
    with pytest.raises(PolicyError, match="not a folder"):
        load_folder(tmp_path / "none", "UTC")
    (tmp_path / "model.conf").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_folder(tmp_path)


def test_the_example_is_what_the_files_say() -> None:
    policy = load_folder(ROOT / "policies", "Asia/Shanghai")
    assert {rule.domain for rule in policy.rules} == {
        "terminal_access", "networking", "edge_computing", "data", "operation_maintenance",
    }  # fmt: skip
    assert policy.by_id["quarantine"].line == 5
    assert policy.groups.of("agv") == {"agv", "vehicles", "machines"}


@pytest.mark.parametrize(
    "name", ["../../policy.yml", "data/../../cases.yml", "/etc/policy.yml", "a/b/policy.yml", "data/x.sh"]
)
def test_a_file_that_no_policy_has_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match="is no file of a policy"):
        load({**read_folder(ROOT / "policies"), name: ""}, "UTC")
