"""Files are changed where they have to be, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access.authoring.editing import append, expect
from sentinel.errors import PolicyError

PATH = Path("a/cases.yml")


def test_an_item_is_added_to_a_list() -> None:
    """With the indentation of its siblings, before whatever follows; comments stay."""
    text = "# ours\nrules:\n  - id: a  # first\n    x: 1\nsite: b\n"
    assert append(text, "rules", "id: c\nx: 2", PATH) == (
        "# ours\nrules:\n  - id: a  # first\n    x: 1\n  - id: c\n    x: 2\nsite: b\n"
    )
    for wrong in ("rules: [a]\n", "rules: {}\n", "other:\n  - a\n"):
        with pytest.raises(PolicyError, match="is no list"):
            append(wrong, "rules", "id: c", PATH)


@pytest.mark.parametrize("written", ["{decision: allow}", "\n      decision: allow\n      rules: [x]"])
def test_an_expectation_is_replaced(written: str) -> None:
    """In flow and in block form; the other cases are left alone."""
    text = f"cases:\n  - name: 甲\n    expect: {written}\n  - name: b\n    expect: {{decision: allow}}\n"
    made = expect(text, 2, "{decision: deny}", PATH)
    assert made.count("{decision: deny}") == 1
    assert made.endswith("  - name: b\n    expect: {decision: allow}\n")
    with pytest.raises(PolicyError, match="no case here"):
        expect(text, 3, "{}", PATH)
