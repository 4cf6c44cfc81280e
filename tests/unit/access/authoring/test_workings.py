"""What people are writing: one copy each, of files that a policy has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from sentinel.access.authoring.workings import Workings
from sentinel.errors import AccessError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


@pytest.fixture
def workings() -> Iterator[Workings]:
    with closing(ControlDatabase("sqlite://", Kept())) as control:
        yield Workings(control, lambda: 7.0)


def test_each_person_has_one_copy(workings: Workings) -> None:
    """Written file by file; an empty text takes a file away; who ends has none."""
    workings.begin("ada", {"model.conf": "m", "data/policy.yml": "a"}, 3)
    made = workings.write("ada", "data/policy.yml", "b\r\n")
    assert (made.files, made.base, made.changed) == ({"data/policy.yml": "b\n", "model.conf": "m"}, 3, 7.0)
    assert workings.write("ada", "data/policy.yml", " ").files == {"model.conf": "m"}
    assert workings.of("ben") is None
    workings.end("ada")
    assert workings.of("ada") is None


@pytest.mark.parametrize("path", ["", "x", "../policy.yml", "a/b/policy.yml", "data/other.yml", "a b/policy.yml"])
def test_no_other_files_are_kept(workings: Workings, path: str) -> None:
    """Only those that a policy is made of."""
    workings.begin("ada", {"model.conf": "m"}, 0)
    with pytest.raises(AccessError, match="is no file of a policy"):
        workings.write("ada", path, "text")


def test_who_writes_nothing_cannot_write_on(workings: Workings) -> None:
    """A draft is begun first."""
    with pytest.raises(AccessError, match="begin a draft"):
        workings.write("ada", "model.conf", "m")
