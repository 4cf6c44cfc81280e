"""A document alone: its kind, its references, its description."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.detection.draft import Draft, Language, service
from sentinel.detection.schema import Problems
from sentinel.detection.source import documents
from sentinel.model.fields import CATALOGUE

PATH = Path("a-test-rule.yml")
OURS = Language(CATALOGUE, {})


def _draft(text: str) -> Draft:
    (node,) = documents(PATH, text.encode())
    return Draft("a-test-rule", 0, node, Problems(PATH))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("detection: {}", "detection"), ("correlation: {}", "correlation"), ("filter: {}", "filter"), ("title: x", "")],
)
def test_kinds(text: str, kind: str) -> None:
    assert _draft(text).kind == kind


def test_references_and_generate() -> None:
    draft = _draft("correlation: {rules: [a, b]}\ngenerate: true")
    assert ([one.value for one in draft.references()], draft.generates) == (["a", "b"], True)


@pytest.mark.parametrize(
    ("text", "key"), [("title: x", "a-test-rule/0"), ("name: n", "a-test-rule/n"), ("id: ABC", "abc")]
)
def test_keys(text: str, key: str) -> None:
    assert _draft(text).key == key


def test_shared_attributes_are_checked() -> None:
    draft = _draft("title: ''\nname: 'a b'\nsentinel: 3\nfilter: {}")
    draft.check(Language(CATALOGUE, {}))
    assert [error.line for error in draft.problems.errors] == [1, 2, 3]


def test_service() -> None:
    assert service(_draft("logsource: {product: 5g, service: ngap}"), OURS) == "ngap"
    draft = _draft("logsource: {product: 5g, service: N-2}")
    assert service(draft, OURS) == "N-2"
    assert "is no service" in str(draft.problems.errors[0])
