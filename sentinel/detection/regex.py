"""Which regular expressions a rule may use: those that RE2 runs, and that cannot run away in `re`.

Refused: look-around, back-references, conditionals, atomic groups and possessive quantifiers (RE2 knows none); a
repetition without (or with a high) upper limit over something that itself repeats a varying number of times or offers
alternatives (`(a+)+`, `(a|ab)*`), which is exponential; and more than two unlimited repetitions of which one can match
what another matches (`.*a.*b.*`), which is a polynomial of high degree. A leading or trailing `.*` is not needed: an
expression is searched, not matched whole. Some harmless expressions are refused too.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

# The one parser that agrees with `re` about what an expression means; it has no public name, and no types.
_parser = importlib.import_module("re._parser")

_LIMIT = 64  # a repetition that may run this often counts as unlimited
_ALPHABET = "".join(map(chr, range(256))) + "Ā一"
_REFUSED = {
    "ASSERT": "look-around",
    "ASSERT_NOT": "look-around",
    "GROUPREF": "a back-reference",
    "GROUPREF_IGNORE": "a back-reference",
    "GROUPREF_EXISTS": "a conditional",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive quantifier",
}
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


class RegexError(ValueError):
    """The expression is not allowed."""


def check(expression: str, flags: int, *, guarded: bool = True) -> None:
    """Raise `RegexError` unless the expression is one that a rule may use; if not `guarded`, however long it takes."""
    try:
        parsed = _parser.parse(expression, flags)
        re.compile(expression, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise RegexError(f"`{expression}` is no regular expression: {error}") from None
    nodes = list(_walk(parsed))
    for name, _ in nodes:
        if name in _REFUSED:
            raise RegexError(f"`{expression}` uses {_REFUSED[name]}, expected what RE2 runs")
    if not guarded:
        return
    unlimited = [arguments[2] for name, arguments in nodes if name in _REPEATS and _top(arguments) >= _LIMIT]
    for body in unlimited:
        if any(_varies(name, arguments) for name, arguments in _walk(body)):
            raise RegexError(f"`{expression}` repeats what itself varies in length, which can take exponential time")
    letters = [_letters(body, flags) for body in unlimited]
    if sum(any(own & other for other in letters if other is not own) for own in letters) > 2:
        raise RegexError(f"`{expression}` has more than two unlimited repetitions that can match the same characters")


def _walk(parsed: object) -> Iterator[tuple[str, list[object]]]:
    """Every node as (name, arguments), outermost first."""
    for operation, argument in cast("Iterable[tuple[object, object]]", parsed):
        arguments = list(argument) if isinstance(argument, (tuple, list)) else [argument]
        yield str(operation), arguments
        for inner in _inner(arguments):
            yield from _walk(inner)


def _inner(arguments: Sequence[object]) -> Iterator[Sequence[object]]:
    for one in arguments:
        if isinstance(one, _parser.SubPattern):
            yield one
        elif isinstance(one, list):
            yield from _inner(one)


def _top(arguments: Sequence[object]) -> int:
    return int(arguments[1])  # type: ignore[call-overload, no-any-return]


def _varies(name: str, arguments: Sequence[object]) -> bool:
    return name == "BRANCH" or (name in _REPEATS and arguments[0] != arguments[1])


def _letters(body: object, flags: int) -> frozenset[str]:
    """The characters that one round of a repetition can match; all, where it is more than one character long."""
    steps = list(cast("Iterable[tuple[object, object]]", body))
    name, argument = steps[0] if len(steps) == 1 else ("", None)
    found = {letter for letter in _ALPHABET if _matches(str(name), argument, letter)}
    return frozenset(
        {one for letter in found for one in (letter.lower(), letter.upper())} if flags & re.IGNORECASE else found
    )


def _matches(name: str, argument: object, letter: str) -> bool:
    match name, argument:
        case "LITERAL", int(code):
            return ord(letter) == code
        case "NOT_LITERAL", int(code):
            return ord(letter) != code
        case "IN", list(items):
            return _in_class(items, letter)
    return True


def _in_class(items: Sequence[tuple[object, object]], letter: str) -> bool:
    negated = any(str(name) == "NEGATE" for name, _ in items)
    return negated != any(_is_item(str(name), argument, ord(letter)) for name, argument in items)


def _is_item(name: str, argument: object, code: int) -> bool:
    match name, argument:
        case "LITERAL", int(wanted):
            return code == wanted
        case "RANGE", (int(low), int(high)):
            return low <= code <= high
        case "CATEGORY", _:
            return True  # \d, \w, \s: taken to match anything, which only refuses more
    return False
