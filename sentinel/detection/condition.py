"""The condition line of a detection: `selection and not 1 of filter_*`.

Grammar, least binding first: `or`, `and`, `not`, `N of pattern`, parentheses. Names beginning with `_` are left out of
`them`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from sentinel.detection.tree import Named, Node, Not, Or, all_of, any_of

_TOKEN = re.compile(r"\s*(?:([()])|([^\s()]+))")
_WORDS = frozenset({"and", "or", "not", "of", "them"})
_DEEPEST = 32


class ConditionError(ValueError):
    """The condition is not of the grammar."""


def parse(text: str, searches: Mapping[str, Node]) -> Node:
    """The tree of a condition over named searches; raises `ConditionError`."""
    parser = _Parser(text, searches)
    node = parser.disjunction(0)
    if parser.word:
        raise ConditionError(f"unexpected `{parser.word}` in the condition, expected `and`, `or` or its end")
    return node


class _Parser:
    def __init__(self, text: str, searches: Mapping[str, Node]) -> None:
        self._tokens = [one or other for one, other in _TOKEN.findall(text)]
        self._searches = searches
        self._at = 0

    @property
    def word(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        word = self.word
        self._at += 1
        return word

    def disjunction(self, depth: int) -> Node:
        parts = [self._conjunction(depth)]
        while self.word.lower() == "or":
            self._take()
            parts.append(self._conjunction(depth))
        return any_of(tuple(parts))

    def _conjunction(self, depth: int) -> Node:
        parts = [self._negation(depth)]
        while self.word.lower() == "and":
            self._take()
            parts.append(self._negation(depth))
        return all_of(tuple(parts))

    def _negation(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise ConditionError(f"the condition is nested too deeply, expected at most {_DEEPEST} levels")
        if self.word.lower() == "not":
            self._take()
            return Not(self._negation(depth + 1))
        return self._operand(depth)

    def _operand(self, depth: int) -> Node:
        word = self._take()
        if word == "(":
            node = self.disjunction(depth + 1)
            if self._take() != ")":
                raise ConditionError("expected `)` in the condition")
            return node
        if self.word.lower() == "of":
            self._take()
            return self._quantified(word)
        if not word or word == ")" or word.lower() in _WORDS:
            raise ConditionError(f"expected a search identifier in the condition, got `{word or 'its end'}`")
        if word not in self._searches:
            raise ConditionError(f"unknown search identifier `{word}`, expected one of {self._known()}")
        return Named(word, self._searches[word])

    def _quantified(self, quantity: str) -> Node:
        pattern = self._take()
        if pattern.lower() == "them":
            names = [name for name in self._searches if not name.startswith("_")]
        else:
            names = [name for name in self._searches if fnmatchcase(name, pattern.replace("[", "[[]"))]
        if not names:
            raise ConditionError(
                f"`{pattern or 'the end'}` names no search identifier, expected one of {self._known()}"
            )
        nodes = tuple(Named(name, self._searches[name]) for name in names)
        if quantity.lower() == "all":
            return all_of(nodes)
        least = 1 if quantity.lower() == "any" else int(quantity) if quantity.isdecimal() else 0
        if not 1 <= least <= len(nodes):
            raise ConditionError(f"`{quantity} of {pattern}` cannot be, expected `all` or 1 to {len(nodes)}")
        return Or(nodes, least, f"{quantity} of {pattern}")

    def _known(self) -> str:
        return ", ".join(f"`{name}`" for name in self._searches)
