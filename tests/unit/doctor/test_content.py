"""The doctor says whether rules, site plan and policies can be read."""

from __future__ import annotations

from pathlib import Path

from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State
from sentinel.doctor.content import Content


def _found(rules: Path | None = None, site: Path | None = None) -> dict[str, Finding]:
    patient = Patient(Path("nowhere"), Settings(), rules=rules, site=site)
    return {found.what: found for found in Content().findings(patient)}


def test_what_came_along_is_good() -> None:
    """Without a site plan something is lacking; with one nothing is."""
    found = _found()
    assert (found["rules"].state, found["site"].state) == (State.GOOD, State.LACKING)
    found = _found(site=Path("deploy/examples/site-demo/site.yaml"))
    assert {one.state for one in found.values()} == {State.GOOD}


def test_mistakes_name_file_and_line(tmp_path: Path) -> None:
    """Of a rule and of a site plan."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "some-rule.yml").write_text("title: [\n")
    (tmp_path / "site.yaml").write_text("site: a\nplmns: 5\n")
    found = _found(rules, tmp_path / "site.yaml")
    assert found["rules"].state is found["site"].state is State.FAILED
    assert "some-rule.yml:" in found["rules"].text
    assert "site.yaml:2" in found["site"].text
