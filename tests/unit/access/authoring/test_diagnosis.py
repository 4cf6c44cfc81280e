"""All mistakes of files that are being written, each with its place."""

from __future__ import annotations

from sentinel.access.authoring.diagnosis import diagnose, said
from tests.deciding import FILES, NOW, SITE


def _told(**changes: str) -> list[tuple[str, int | None, str]]:
    files = {**FILES, **{name.replace("__", "/") + ".yml": text for name, text in changes.items()}}
    return [(each.path.as_posix(), each.line, said(each)) for each in diagnose(files, SITE.time_zone, NOW, SITE)]


def test_the_examples_have_none() -> None:
    """As they came along."""
    assert _told() == []


def test_no_file_hides_the_mistakes_of_another() -> None:
    """Each with its own line, and the message without the place."""
    rules = FILES["data/policy.yml"].replace("effect: deny", "effect: Deny")
    found = _told(data__policy=rules, groups="groups: {a: [a]}", networking__policy="site: x\n")
    assert [each[0] for each in found] == ["groups.yml", "data/policy.yml", "networking/policy.yml"]
    assert found[1][1:] == (8, "`rules.0.effect`: input should be 'allow' or 'deny'")


def test_what_files_say_together_is_looked_at_last() -> None:
    """Names that the site does not have, cases that are of no form, ids that come twice."""
    rules = FILES["data/policy.yml"].replace("app:mes", "app:nothing")
    cases = FILES["data/cases.yml"].replace("given:", "gave:", 1)
    messages = [message for *_, message in _told(data__policy=rules, data__cases=cases)]
    assert messages[0] == "`app:nothing` is nothing that the site plan has"
    assert messages[-1] == "`cases.0.given` is missing"
    assert "there already is a rule" in _told(other__policy=FILES["data/policy.yml"])[0][2]
