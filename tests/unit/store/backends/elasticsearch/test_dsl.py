"""Queries in the query DSL; that they find what the embedded store finds is shown in tests/property/test_stores.py."""

from __future__ import annotations

import pytest

from sentinel.pipeline import FIELDS
from sentinel.store import query as q
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.dsl import NOTHING, Dsl, Translation


def _of(text: str) -> Dsl:
    return Translation(mappings.known(FIELDS)).of(q.parse(text))


@pytest.mark.parametrize(
    ("text", "dsl"),
    [
        ("", {"match_all": {}}),
        ("source.ip:10.45.*", {"range": {"source.ip": {"gte": "10.45.0.0", "lte": "10.45.255.255"}}}),
        ("fiveg.nas.ciphered:>=1", {"terms": {"fiveg.nas.ciphered": [True]}}),
        ("fiveg.dnn:>5", NOTHING),
        ("network.bytes:10.0.0.0/8", NOTHING),
    ],
)
def test_translations(text: str, dsl: Dsl) -> None:
    assert _of(text) == dsl


def test_a_value_that_the_index_could_not_take_is_asked_of_the_document() -> None:
    translation = Translation(mappings.known(FIELDS))
    (indexed, whole) = translation.of(q.parse("fiveg.dnn:ot"))["bool"]["should"]
    assert indexed == {"term": {"fiveg.dnn": {"value": "ot", "case_insensitive": True}}}
    assert whole["bool"]["filter"][0] == {"term": {"_ignored": "fiveg.dnn"}}
    assert list(translation.runtime) == ["text of fiveg.dnn"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('"a*b?"', {"match_phrase": {mappings.WORDS: {"query": "a*b?"}}}),
        ("Ng:", {"prefix": {mappings.WORDS: {"value": "ng:"}}}),
        ("工业", {"prefix": {mappings.WORDS: {"value": "工业"}}}),
    ],
)
def test_words_are_asked_by_their_parts(text: str, asked: Dsl) -> None:
    """A text of a part and more, or the beginning of one; indices of an earlier version by a wildcard."""
    (parts, glob, _) = Translation(mappings.known(FIELDS)).of(q.Text(text.strip('"')))["bool"]["should"]
    assert parts == asked
    assert list(glob["wildcard"]) == [mappings.TEXT]


def test_signs_of_wildcards_in_words_mean_themselves() -> None:
    (_, glob, _) = _of('"a*b?"')["bool"]["should"]
    assert glob["wildcard"][mappings.TEXT]["value"] == r"*a\*b\?*"
