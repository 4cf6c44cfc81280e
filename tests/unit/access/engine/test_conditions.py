from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.engine.conditions import HIGHEST, OneOf, Within, holds, read, write
from sentinel.model.access import Effect
from tests.policies import atoms


def test_what_is_not_known_meets_no_allow_and_every_deny() -> None:
    for atom in (OneOf("tac", frozenset({"1"})), Within("trust", ((50, 100),)), Within("minute", ((0, 1), (5, 6)))):
        assert holds(atom, {}, Effect.ALLOW) is False
        assert holds(atom, {}, Effect.DENY) is True


def test_a_text_is_in_no_range() -> None:
    assert not Within("trust", ((0, 100),)).has("50")


@settings(deadline=None)
@given(st.integers(0, 2**63).map(Random))
def test_atoms_survive_the_line_of_casbin(chance: Random) -> None:
    drawn = atoms(chance, Effect.ALLOW)
    assert sorted(read(write(drawn)), key=lambda atom: atom.name) == sorted(drawn, key=lambda atom: atom.name)


def test_atoms_read_well() -> None:
    assert str(OneOf("tac", frozenset({"2", "1"}))) == "in [1, 2]"
    assert str(Within("session_age", ((0, 60),))) == "in 0 … 60"
    assert str(Within("facts_age", ((5, HIGHEST),))) == "in 5 …"
