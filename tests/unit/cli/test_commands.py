"""The command line: exit status, one clear line for what cannot be, and output for machines."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")
SITE = Path("deploy/examples/site-demo/site.yaml")


def sentinel(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from sentinel.cli import main; main()", *map(str, arguments)]
    whole = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=whole, check=False, timeout=120)


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_coverage_of_rules_fits_the_terminal() -> None:
    """Folded, not cut."""
    done = sentinel("rules", "list", "--coverage", "--language", "en", COLUMNS="120")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert "…" not in done.stdout.splitlines()[0]


def test_analyze_prints_one_alert_a_line(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    done = sentinel("analyze", TRACE, "--site", SITE, "--format", "jsonl", "--events", events)
    assert (done.returncode, done.stderr) == (0, "")
    found = {str(alert["rule.name"]): alert for alert in lines(done.stdout)}
    assert set(found) == {"gtp-in-gtp", "up-to-cp-crossover"}
    wanted = {
        "@timestamp",
        "event.id",
        "rule.id",
        "event.severity",
        "fiveg.supi",
        "source.ip",
        "destination.ip",
        "evidence",
    }
    assert wanted <= set(found["gtp-in-gtp"])
    ids = {event["event.id"] for event in lines(events.read_text())}
    evidence = found["gtp-in-gtp"]["evidence"]
    assert isinstance(evidence, list)
    assert {proof["event.id"] for proof in evidence} <= ids


@pytest.mark.parametrize(("language", "title"), [("en", "Encapsulated GTP"), ("zh-CN", "GTP套娃")])
def test_analyze_summarises_in_both_languages(language: str, title: str) -> None:
    done = sentinel("analyze", TRACE, "--site", SITE, "--language", language)
    assert done.returncode == 0
    assert title in done.stdout


def test_analyze_without_a_site_plan_says_that_it_learns() -> None:
    assert "no site plan" in sentinel("analyze", TRACE, "--language", "en").stdout


def test_decode_prints_events(tmp_path: Path) -> None:
    zipped = tmp_path / "a.pcap.gz"
    zipped.write_bytes(gzip.compress(TRACE.read_bytes()))
    plain, packed = sentinel("decode", TRACE), sentinel("decode", zipped)
    kinds = {event["event.action"] for event in lines(plain.stdout)}
    assert {"ngap.ng_setup_request", "pfcp.session_establishment_request", "gtpu.nested"} <= kinds
    assert [e["event.id"] for e in lines(plain.stdout)] == [e["event.id"] for e in lines(packed.stdout)]


def test_a_capture_cut_short_is_analysed_to_where_it_ends(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(TRACE.read_bytes()[:-7])
    done = sentinel("analyze", cut, "--site", SITE, "--format", "jsonl")
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "analysed to where it ends" in done.stderr
    assert lines(done.stdout)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b"\xff\xd8\xff\xe0\x00\x10JFIF" * 9, "is no capture"), (b"\xd4\xc3\xb2\xa1", "file header")],
)
def test_what_is_no_capture_gets_one_line_and_status_2(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    for command in ("analyze", "decode"):
        done = sentinel(command, path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert says in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "nowhere.pcap"),
        ("analyze", "tests"),
        ("analyze", TRACE, "--site", "nowhere.yaml"),
        ("analyze", TRACE, "--rules", "nowhere"),
        ("analyze", TRACE, "--events", "/nowhere/at/all.jsonl"),
        ("analyze",),
        ("analyze", TRACE, "--format", "xml"),
        ("drill", "run", "nothing", "--to", "x.pcap"),
        ("run", "--listen", "0.0.0.0:1"),
        ("site", "check", "nowhere.yaml"),
        ("rules", "check", "nowhere"),
    ],
)
def test_what_cannot_be_is_said_with_status_2(arguments: tuple[str, ...]) -> None:
    done = sentinel(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_rule_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a-wrong-rule.yml").write_text("title: x\nid: nonsense\n")
    done = sentinel("rules", "check", tmp_path)
    assert done.returncode == 1
    assert "a-wrong-rule.yml:2:" in done.stderr


def test_rules_and_scenes_are_listed() -> None:
    assert "套娃" in sentinel("rules", "list", "--language", "zh-CN").stdout
    assert "gtp-in-gtp-benign" in sentinel("drill", "list").stdout


def test_settings_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    settings = tmp_path / "sentinel.toml"
    settings.write_text(f'[analyze]\nformat = "jsonl"\nsite = "{SITE}"\n')
    assert lines(sentinel("--config", settings, "analyze", TRACE).stdout)
    assert lines(sentinel("analyze", TRACE, SENTINEL_ANALYZE_FORMAT="jsonl", SENTINEL_ANALYZE_SITE=str(SITE)).stdout)
    for wrong in ("[analyze\n", "[analyse]\n", "[analyze]\nsiet = 'x'\n", "analyze = 1\n"):
        settings.write_text(wrong)
        done = sentinel("--config", settings, "analyze", TRACE)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


RULE = """\
title: A thing
id: 00000000-0000-4000-8000-000000000001
description: It happened.
level: high
tags: [fight.fgt5012]
logsource: {product: 5g}
detection: {s: {event.action: gtpu.nested}, condition: s}
sentinel:
  title_zh: 某事
  description_zh: 发生了。
  stage: [security_judgement]
  domain: networking
  planes: [n3]
  entity: [source.ip]
  unseen: What a tunnel hides.
  unseen_zh: 隧道所隐藏的。
"""
FILTER = """\
title: Our scanner
logsource: {product: 5g}
filter: {rules: [00000000-0000-4000-8000-000000000001], known: {source.ip: 10.0.0.9}, condition: known}
sentinel: {reason: weekly, owner: soc, expires: 2020-01-01}
"""


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / "a-draft-rule.yml").write_text(RULE)
    (folder / "own-filter-one.yml").write_text(FILTER)
    return folder


def test_coverage_is_listed_in_both_languages_and_for_machines(drafts: Path) -> None:
    for language, words in (("en", ("not seen", "What a tunnel hides.")), ("zh-CN", ("不可见", "隧道所隐藏的。"))):
        done = sentinel("rules", "list", drafts, "--coverage", "--language", language, COLUMNS="160")
        assert all(word in done.stdout for word in words), done.stdout
    (row,) = lines(sentinel("rules", "list", drafts, "--json").stdout)
    assert (row["slug"], row["fight"], row["planes"], row["proofs"]) == ("a-draft-rule", ["FGT5012"], ["n3"], [])


@pytest.mark.parametrize(("language", "words"), [("en", "of soc expired at 2020-01-02"), ("zh-CN", "过期")])
def test_an_expired_filter_is_told(drafts: Path, language: str, words: str) -> None:
    for command in ("list", "check"):
        done = sentinel("rules", command, drafts, "--language", language)
        assert done.returncode == 0
        assert "own-filter-one.yml:1: " in done.stderr
        assert words in done.stderr


def test_parameters_are_listed_with_what_they_mean() -> None:
    rows = lines(sentinel("rules", "list", "--parameters", "--json").stdout)
    (row,) = [row for row in rows if (row["slug"], row["name"]) == ("auth-mac-failure", "gte")]
    assert (row["default"], row["timespan"]) == (2, False)
    assert "参数" in sentinel("rules", "list", "--parameters", "--language", "zh-CN").stdout


def test_a_mistake_in_a_rule_is_told_to_machines_too(drafts: Path) -> None:
    (drafts / "a-draft-rule.yml").write_text(RULE.replace("gtpu.nested}", "gtpu.nested, no.such.field: 1}"))
    done = sentinel("rules", "check", drafts, "--json")
    assert done.returncode == 1
    (row,) = lines(done.stdout)
    assert (row["line"], "no.such.field" in str(row["error"])) == (7, True)


def test_a_draft_is_hunted_for_in_what_is_stored(drafts: Path, tmp_path: Path) -> None:
    from sentinel import pipeline
    from sentinel.config import shipped
    from sentinel.site import load_site
    from sentinel.store.backends.sqlite import SqliteStore

    assert sentinel("rules", "hunt", "--data", tmp_path).returncode == 2
    store = SqliteStore(tmp_path / "events.db")
    pipeline.analyze([str(TRACE)], load_site(SITE), pipeline.load_rules(shipped("rules")), store, lambda source: None)
    store.close()
    done = sentinel("rules", "hunt", drafts, "--data", tmp_path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["rule.name"] for row in lines(done.stdout)] == ["a-draft-rule"]
    assert "A thing" in sentinel("rules", "hunt", drafts, "--data", tmp_path, "--language", "en").stdout
    assert lines(sentinel("rules", "hunt", drafts, "--data", tmp_path, "--json", "--from", "-1h").stdout) == []
    assert (
        "there is no rule `nothing-such`"
        in sentinel("rules", "hunt", drafts, "--data", tmp_path, "--rule", "nothing-such").stderr
    )
