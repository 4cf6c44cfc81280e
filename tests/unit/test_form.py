from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from sentinel import form
from sentinel.errors import PolicyError


class _Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    names: list[int]


def _mistake(text: str) -> str:
    raw, root = form.parse(text, Path("f.yml"), PolicyError)
    assert root is not None
    with pytest.raises(ValidationError) as caught:
        _Thing.model_validate(raw)
    return str(form.mistake(raw, root, caught.value, Path("f.yml"), PolicyError))


def test_a_mistake_has_file_line_and_place() -> None:
    assert _mistake("names:\n  - 1\n  - two\n").startswith("f.yml:3: `names.1`: ")
    assert _mistake("names: []\nmore: 1\n") == "f.yml:2: `more` is not known"
    assert _mistake("{}") == "f.yml:1: `names` is missing"


@pytest.mark.parametrize("text", ["a: [", "a: 1\n  b: 2", "\t", "a: 2026-02-31"])
def test_what_is_no_yaml_is_our_error(text: str) -> None:
    with pytest.raises(PolicyError, match="not YAML"):
        form.parse(text, Path("f.yml"), PolicyError)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 31))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 200_000, "nested too deeply"),  # libyaml would exhaust the stack
        ("a: &x [*x]", "nested too deeply or expands too far"),
        (BOMB, "expands too far"),
        (MERGES, "nested too deeply or expands too far"),
        ("x: " + " " * form.LARGEST, "expected at most"),
        ("a: 1\n---\nb: 2", "f.yml:3: one document is expected"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_small_and_expands_without_end_is_our_error(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        form.parse(text, Path("f.yml"), PolicyError)


def test_a_file_that_cannot_be_read_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        form.read(tmp_path / "none.yml", PolicyError)
    (tmp_path / "x.yml").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(PolicyError, match="not UTF-8"):
        form.read(tmp_path / "x.yml", PolicyError)
