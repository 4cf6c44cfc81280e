"""Engine C: the action and the conditions of a rule as one function, which says what of them is not met.

There is a function for each shape of rule (which forms of atoms, in which order), made once of our own text; what a rule
asks for is given to it as values. So ten thousand rules take a few dozen compilations, and no text of a policy is code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from sentinel.access.engine.conditions import Atom, OneOf
from sentinel.model.access import Effect, Facts

Verdict = str | None
"""None where all is met; of an allow the one clause that is not, empty where there are more; of a deny always empty."""
Judging = Callable[[str, Facts], Verdict]
_ONE_OF, _WITHIN, _SEVERAL = range(3)
_NAMES = ("name{0}, values{0}", "name{0}, low{0}, high{0}", "name{0}, ranges{0}")
_MET = {  # what is not known meets no condition of an allow, and every condition of a deny
    Effect.ALLOW: (
        "facts.get(name{0}) in values{0}",
        "(value := facts.get(name{0})) is not None and low{0} <= value <= high{0}",
        "(value := facts.get(name{0})) is not None and any([low <= value <= high for low, high in ranges{0}])",
    ),
    Effect.DENY: (
        "facts.get(name{0}) in values{0}",
        "(value := facts.get(name{0})) is None or low{0} <= value <= high{0}",
        "(value := facts.get(name{0})) is None or any([low <= value <= high for low, high in ranges{0}])",
    ),
}


def compiled(actions: frozenset[str], atoms: Sequence[Atom], effect: Effect) -> Judging:
    """The function of a rule."""
    values = [value for atom in atoms for value in _values(atom, effect)]
    return _maker(tuple(map(_form, atoms)), effect)(actions, *values)


def _form(atom: Atom) -> int:
    return _ONE_OF if isinstance(atom, OneOf) else _WITHIN if len(atom.ranges) == 1 else _SEVERAL


def _values(atom: Atom, effect: Effect) -> Iterable[object]:
    if isinstance(atom, OneOf):
        known: frozenset[str | None] = atom.values
        return atom.name, known | {None} if effect is Effect.DENY else known
    return (atom.name, *atom.ranges[0]) if len(atom.ranges) == 1 else (atom.name, atom.ranges)


@functools.lru_cache(4096)
def _maker(forms: tuple[int, ...], effect: Effect) -> Callable[..., Judging]:
    """What makes functions of one shape."""
    names = ", ".join(["actions", *(_NAMES[form].format(at) for at, form in enumerate(forms))])
    tests = [("action in actions", "'action'")]
    tests += [(_MET[effect][form].format(at), f"name{at}") for at, form in enumerate(forms)]
    body = _of_allow(tests) if effect is Effect.ALLOW else _of_deny(tests)
    text = f"def make({names}):\n def judge(action, facts):\n  {body}\n return judge\n"
    namespace: dict[str, Callable[..., Judging]] = {}
    exec(compile(text, "<a rule of access>", "exec"), namespace)  # noqa: S102  # our own text; values enter by name
    return namespace["make"]


def _of_allow(tests: Sequence[tuple[str, str]]) -> str:
    lines = ["failed = None"]
    for met, clause in tests:
        lines += [f"if not ({met}):", "    if failed: return ''", f"    failed = {clause}"]
    return "\n  ".join([*lines, "return failed"])


def _of_deny(tests: Sequence[tuple[str, str]]) -> str:
    return f"return None if {' and '.join(f'({met})' for met, _ in tests)} else ''"
