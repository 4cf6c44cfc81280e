from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.cli.policy import policy
from sentinel.errors import AccessError
from tests.policies import ROOT

SITE = str(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")
ASKED = ("--resource", "app:plc/10.11.6.50:502/tcp", "--action", "modbus:write")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(policy, list(arguments))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "policies", tmp_path / "policies")


def test_the_policy_that_comes_along_is_right() -> None:
    assert _run("check", "--site", SITE, "--language", "en").output == "17 rules, 5 groups, no mistake\n"


def test_a_mistake_is_told_with_file_and_line_and_status_1(copied: Path) -> None:
    file = copied / "data" / "policy.yml"
    file.write_text(file.read_text().replace("effect: deny", "effect: Deny"))
    found = _run("check", str(copied))
    assert found.exit_code == 1
    assert f"{file}:8: `rules.0.effect`" in found.output
    assert json.loads(_run("check", str(copied), "--json").output)["line"] == 8


def test_cases_run_and_say_what_they_cover() -> None:
    assert _run("test", "--language", "zh-CN").output == "通过86，失败0\n覆盖：规则17/17，条件64/64（100%）\n"


def test_coverage_below_what_is_asked_fails(copied: Path) -> None:
    (copied / "data" / "cases.yml").unlink()
    found = _run("test", str(copied), "--language", "en")
    assert found.exit_code == 1
    assert "not covered: opcua-of-plc-gateway" in found.output
    assert _run("test", str(copied), "--coverage", "80").exit_code == 0


def test_a_case_that_fails_fails(copied: Path) -> None:
    file = copied / "data" / "cases.yml"
    file.write_text(file.read_text().replace("decision: deny", "decision: allow", 1))
    found = _run("test", str(copied), "--json")
    assert found.exit_code == 1
    (problem,) = [row["problem"] for row in map(json.loads, found.output.splitlines()) if row.get("problem")]
    assert problem.startswith("expected allow by ['no-deletions-from-terminals'], got deny by")


def test_a_denial_says_what_would_have_been_needed() -> None:
    found = _run("explain", "--site", SITE, "--supi", "999700000000001", *ASKED, "--with", "trust=80", "--with", "slice=1",
                 "--with", "dnn=ot", "--with", "bound=true", "--language", "en")  # fmt: skip
    assert found.output == (
        "deny: no rule allows it\nwould be allowed by:\n  agv-writes-its-registers, but for slice: wanted in [2-0000a1], got 1\n"
    )


def test_who_is_in_no_register_is_denied() -> None:
    found = _run("explain", "--site", SITE, "--supi", "123", *ASKED, "--json")
    assert json.loads(found.output)["reason"] == "unknown_terminal"


@pytest.mark.parametrize("attribute", ["trust", "colour=red", "trust=much"])
def test_an_attribute_that_is_none_is_refused(attribute: str) -> None:
    assert isinstance(_run("explain", *ASKED, "--with", attribute).exception, AccessError)
