"""Undo is kept for a while, for whoever made the change."""

import pytest

from sentinel.model.alert import Triage
from sentinel.operations.triage import Changed, TriageError
from sentinel.web.undo import Undos

CHANGED = (Changed("alert-1", Triage(), 1),)


def test_once_and_only_for_the_owner() -> None:
    """Nothing changed means nothing to undo."""
    undos = Undos()
    assert undos.keep("li", ()) == ""
    key = undos.keep("li", CHANGED)
    for name, wrong in (("wang", key), ("li", "x"), ("li", "")):
        with pytest.raises(TriageError):
            undos.take(name, wrong)
    assert undos.take("li", key) == CHANGED
    with pytest.raises(TriageError):
        undos.take("li", key)


def test_the_oldest_are_forgotten() -> None:
    """Memory is bounded."""
    undos = Undos(most=2)
    keys = [undos.keep("li", CHANGED) for _ in range(3)]
    with pytest.raises(TriageError):
        undos.take("li", keys[0])
    assert undos.take("li", keys[2]) == CHANGED
