"""The generated Python: each field is read once on a path, alternatives merge, values cannot break out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from sentinel.detection.compile import compiled, compiled_kind, source, source_of_kind
from sentinel.detection.condition import parse
from sentinel.detection.interpret import holds
from sentinel.detection.modifiers import item
from sentinel.detection.source import Plain
from sentinel.detection.tree import Node
from sentinel.model.event import Value
from sentinel.model.fields import CATALOGUE


def _item(key: str, *values: Plain) -> Node:
    return item(key, values, CATALOGUE, {})


def _reads(node: Node, fields: dict[str, Value]) -> Sequence[str]:
    read: list[str] = []

    def get(name: str) -> Value | None:
        read.append(name)
        return fields.get(name)

    compiled(node, "test")(fields, get)
    return read


def test_a_field_is_read_once_on_a_path() -> None:
    node = parse("a and b", {"a": _item("fiveg.dnn|startswith", "o"), "b": _item("fiveg.dnn|endswith", "t")})
    assert _reads(node, {"fiveg.dnn": "ot"}) == ["fiveg.dnn"]


def test_what_was_cut_short_is_read_where_it_is_needed() -> None:
    searches = {"a": _item("fiveg.dnn", "x"), "b": _item("fiveg.tmsi", "x"), "c": _item("fiveg.tmsi", "y")}
    node = parse("(a and b) or c", searches)
    assert _reads(node, {"fiveg.dnn": "z", "fiveg.tmsi": "y"}) == ["fiveg.dnn", "fiveg.tmsi"]


@pytest.mark.parametrize(
    "condition", ["((a and b) and c) or b", "not ((not a or not b) or c) or b", "((a or b) or c) and b"]
)
def test_a_part_cut_short_leaves_nothing_behind(condition: str) -> None:
    names = {"a": "fiveg.dnn", "b": "fiveg.tmsi", "c": "fiveg.gnb.name"}
    node = parse(condition, {search: _item(name, "yes") for search, name in names.items()})
    for values in itertools.product(("yes", "no"), repeat=3):
        fields: dict[str, Value] = dict(zip(names.values(), values, strict=True))
        assert compiled(node, "test")(fields, fields.get) is holds(node, fields)


def test_alternatives_of_a_field_become_a_set() -> None:
    assert "frozenset" not in source(_item("fiveg.dnn", "a", "b"))[0]
    assert frozenset({"a", "b"}) in source(_item("fiveg.dnn", "a", "b"))[1].values()


def test_values_stay_values() -> None:
    nasty = "') or __import__('os') or ('\n\\"
    fields: dict[str, Value] = {"fiveg.dnn": nasty}
    node = _item("fiveg.dnn", nasty.replace("\\", "\\\\"))
    assert compiled(node, "test")(fields, fields.get)
    empty: dict[str, Value] = {}
    assert not compiled(node, "test")(empty, empty.get)


def test_what_needs_an_unusual_field_is_asked_of_events_that_have_one_and_told_in_order() -> None:
    nodes = [_item("fiveg.dnn", "ot"), _item("destination.port", 22), _item("destination.port", 22, 23)]
    text, _ = source_of_kind(nodes, usual={"destination.port"})
    matcher = compiled_kind(nodes, "flow.started", usual={"destination.port"})
    both: dict[str, Value] = {"destination.port": 22, "fiveg.dnn": "ot"}
    usual: dict[str, Value] = {"destination.port": 22}
    assert text.count("get('destination.port')") == 1
    assert (matcher(both, both.get), matcher(usual, usual.get)) == ([0, 1, 2], [1, 2])
