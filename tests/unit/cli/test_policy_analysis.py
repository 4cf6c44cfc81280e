from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from sentinel.cli.policy_analysis import policy
from tests.deciding import AGV
from tests.policies import ROOT

SITE = str(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(policy, [*arguments, "--site", SITE])


def test_what_is_found_has_file_line_and_an_example_of_the_register() -> None:
    lines = _run("analyse", "--language", "en").output.splitlines()
    assert (
        "edge_computing/policy.yml:5: plc-gateway-reads-plc: part of it is denied by nobody-programs-while-doubtful, quarantine"
        in lines[0]
    )
    assert lines[1].startswith("  for example: 999700000000002 -> app:plc/10.11.6.50:")
    rows = [json.loads(line) for line in _run("analyse", "--json").output.splitlines()]
    assert {row["kind"] for row in rows} == {"conflict"}


def test_a_change_is_told_by_what_it_allows_and_takes_away(tmp_path: Path) -> None:
    copied = shutil.copytree(ROOT / "policies", tmp_path / "policies")
    file = copied / "edge_computing" / "policy.yml"
    text = file.read_text().replace('bound: "true", trust: ">=50"', 'bound: "true", trust: ">=40"')
    file.write_text(text)
    said = _run("diff", str(ROOT / "policies"), str(copied), "--language", "en").output
    assert said.startswith(
        f"newly allowed: agv-writes-its-registers\n  for example: {AGV} -> app:plc/10.11.6.50:502/tcp connect"
    )
    assert "trust=40" in said
    (row,) = [json.loads(line) for line in _run("diff", str(copied), "--json").output.splitlines()]
    assert (row["gained"], row["rule"]) == (False, "agv-writes-its-registers")
    assert _run("diff", str(ROOT / "policies"), "--language", "zh-CN").output == "两者对所有请求的判决相同\n"
