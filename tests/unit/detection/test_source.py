"""Rule files as located trees; YAML's surprises are mistakes with a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.detection.source import documents
from sentinel.errors import RuleError

PATH = Path("rules/x.yml")


def test_values_and_lines() -> None:
    (found,) = documents(PATH, b"a: 1\nb: [x, 2.5, true, null]\nc:\n  d: 2026-11-21\n")
    assert found.plain() == {"a": 1, "b": ["x", 2.5, True, None], "c": {"d": "2026-11-21"}}
    assert (found.line_of("b"), found.line_of("c")) == (2, 3)


def test_several_documents() -> None:
    assert [one.plain() for one in documents(PATH, b"a: 1\n---\na: 2\n")] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\nplmn: 00101", "rules/x.yml:2: write `00101` in quotes"),
        (b"teid: 0x10", "write `0x10` in quotes"),
        (b"time: 1:30", "write `1:30` in quotes"),
        (b"flag: no", "write `no` in quotes"),
        (b"n: .inf", "write `.inf` in quotes"),
        (b"a: 1\na: 2", "rules/x.yml:2: key `a` is there twice"),
        (b"a: [", "not YAML"),
        (b"a: \xff", "not UTF-8"),
        (b"? [a]\n: b", "expected a text as key"),
        (b"[" * 200_000, "nested too deeply"),  # libyaml would exhaust the stack
        (b"a: &x [*x]", "nested too deeply or expands too far"),
        (b"x: " + b" " * (4 << 20), "expected at most"),
        (b"a: !!python/object:os.system x", "YAML reads it as something else"),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        list(documents(PATH, data))
    assert message in str(caught.value)


def test_a_bomb_of_aliases_is_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    with pytest.raises(RuleError, match="expands too far"):
        list(documents(PATH, bomb.encode()))
