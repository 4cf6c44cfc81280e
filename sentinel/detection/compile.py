"""From the tree of a rule to Python source: one function a rule, each field read and folded once on any path.

One function a kind of event asks all rules of that kind and reads what they have in common once. The generated function takes the event's fields and their `get`, so that one bound method serves all rules of an event:

    def rule(fields, get):
        return ((t0 := ...get('event.action')...) is not None and (t0 == 'ngap.ng_reset' if ... else any(...)))

A variable may be reused only where it is certainly assigned. `and` and `or` cut short, so each part of the expression
knows which variables are set once it was true and which once it was false; where a field is not certainly read yet, it
is read again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType

from sentinel.detection.predicates import Affix, Constants, Equals, holds_affix
from sentinel.detection.tree import And, Keyword, Leaf, Named, Node, Not, Or, Present, Reference
from sentinel.detection.views import READERS, View, elements, present
from sentinel.model.event import Fields, Value

Getter = Callable[[str], Value | None]
Matcher = Callable[[Fields, Getter], bool]
KindMatcher = Callable[[Fields, Getter], list[int]]

Variable = tuple[View, str]


@dataclass(frozen=True, slots=True)
class _Code:
    """An expression and the variables certainly assigned after it was true or false."""

    text: str
    if_true: frozenset[Variable]
    if_false: frozenset[Variable]


@dataclass(slots=True)
class _Writer:
    constants: Constants = field(default_factory=Constants)
    names: dict[Variable, str] = field(default_factory=dict)

    def write(self, node: Node, known: frozenset[Variable]) -> _Code:  # noqa: PLR0911  # one return a kind of node
        """The expression for `node`, where the variables `known` are assigned."""
        match node:
            case And(children):
                return self._chain(sorted(children, key=_dearness), known, "and")
            case Or(children, 1):
                return self._chain(_merged(children), known, "or")
            case Or(children, least):
                return self._counted(children, least, known)
            case Not(child):
                inner = self.write(child, known)
                return _Code(f"(not {inner.text})", inner.if_false, inner.if_true)
            case Named(_, child):
                return self.write(child, known)
            case Leaf():
                return self._leaf(node, known)
            case Present(name, wanted):
                there = f"((r := get({name!r})) is not None and {self._bound(present)}(r))"
                return _Code(there if wanted else f"(not {there})", known, known)
            case Keyword():
                return _Code(f"{self.constants.bind(_keyword(node))}(fields)", known, known)
            case Reference():
                return _Code(f"{self.constants.bind(_reference(node))}(get)", known, known)

    def _bound(self, value: object) -> str:
        for name, known in self.constants.values.items():
            if known is value:
                return name
        return self.constants.bind(value)

    def _chain(self, children: Sequence[Node], known: frozenset[Variable], word: str) -> _Code:
        """`and`: later parts run where earlier ones were true, and the whole is false where any one was; `or` dual."""
        conjunction = word == "and"
        texts, through, cut = [], known, None
        for child in children:
            code = self.write(child, through)
            texts.append(code.text)
            stopped = code.if_false if conjunction else code.if_true
            cut = stopped if cut is None else cut & stopped
            through = code.if_true if conjunction else code.if_false
        cut = known if cut is None else cut
        text = f"({f' {word} '.join(texts)})"
        return _Code(text, through, cut) if conjunction else _Code(text, cut, through)

    def _counted(self, children: tuple[Node, ...], least: int, known: frozenset[Variable]) -> _Code:
        """`n of`: every part runs."""
        texts = []
        for child in children:
            code = self.write(child, known)
            texts.append(f"(1 if {code.text} else 0)")
            known = code.if_true & code.if_false
        return _Code(f"(sum(({', '.join(texts)},)) >= {least})", known, known)

    def _leaf(self, leaf: Leaf, known: frozenset[Variable]) -> _Code:
        variable = (leaf.view, leaf.field)
        name = self.names.setdefault(variable, f"t{len(self.names)}")
        read = name if variable in known else self._read(variable, name)
        one = leaf.predicate.source(name, self.constants)
        each = leaf.predicate.source("e", self.constants)
        text = f"({read} is not None and ({one} if {name}.__class__ is not tuple else any([{each} for e in {name}])))"
        after = known | {variable}
        return _Code(text, after, after)

    def _read(self, variable: Variable, name: str) -> str:
        view, field_name = variable
        slow = self._bound(READERS[view])
        if view is View.TEXT:  # by far the most frequent: spare the call for what is absent, or a plain ASCII string
            fold = f"r.lower() if r.__class__ is str and r.isascii() else {slow}(r)"
            return f"({name} := (None if (r := get({field_name!r})) is None else {fold}))"
        if view is View.NUMBER:
            return f"({name} := (r if (r := get({field_name!r})) is None or r.__class__ is int else {slow}(r)))"
        return f"({name} := (None if (r := get({field_name!r})) is None else {slow}(r)))"


def _dearness(node: Node) -> int:
    """What is dear to ask is asked last: a field against another costs as much as ten against constants."""
    match node:
        case Keyword():
            return 2
        case Reference():
            return 1
        case And(children) | Or(children):
            return max(map(_dearness, children), default=0)
        case Not(child) | Named(_, child):
            return _dearness(child)
    return 0


def _merged(children: tuple[Node, ...]) -> Sequence[Node]:
    """Alternatives of one field as one leaf: `a or b or c` becomes membership."""
    merged: list[Node] = []
    for child in children:
        last = merged[-1] if merged else None
        joined = _join(last, child) if isinstance(last, Leaf) and isinstance(child, Leaf) else None
        if joined is None:
            merged.append(child)
        else:
            merged[-1] = joined
    return merged


def _join(one: Leaf, two: Leaf) -> Leaf | None:
    if (one.field, one.view) != (two.field, two.view):
        return None
    match one.predicate, two.predicate:
        case Equals(few), Equals(more):
            return Leaf(one.field, one.view, Equals(few + more), one.text)
        case Affix(where, few), Affix(there, more) if where == there:
            return Leaf(one.field, one.view, Affix(where, few + more), one.text)
    return None


def _keyword(node: Keyword) -> Callable[[Fields], bool]:
    read, wanted = READERS[node.view], node.predicate.holds

    def found(fields: Fields) -> bool:
        return any(wanted(seen) for value in fields.values() for seen in elements(read(value)))

    return found


def _reference(node: Reference) -> Callable[[Getter], bool]:
    read, where, left, right = READERS[node.view], node.where, node.field, node.other

    def refers(get: Getter) -> bool:
        one, other = get(left), get(right)
        if one is None or other is None:
            return False
        ones, others = elements(read(one)), elements(read(other))
        return any(holds_affix(where, str(one), str(other)) for one in ones for other in others)

    return refers


def source(node: Node) -> tuple[str, dict[str, object]]:
    """The Python source of a rule's function, and the constants it refers to."""
    writer = _Writer()
    code = writer.write(node, frozenset())
    return f"def rule(fields, get):\n    return {code.text}\n", writer.constants.values


def source_of_kind(nodes: Sequence[Node | bool]) -> tuple[str, dict[str, object]]:
    """The source of a function that gives the numbers of the trees that hold, and its constants."""
    writer = _Writer()
    known: frozenset[Variable] = frozenset()
    lines = []
    for number, node in enumerate(nodes):
        if isinstance(node, bool):
            lines += [f"    found.append({number})\n"] if node else []
            continue
        code = writer.write(node, known)
        known = code.if_true & code.if_false
        lines.append(f"    if {code.text}: found.append({number})\n")
    return f"def rules(fields, get):\n    found = []\n{''.join(lines)}    return found\n", writer.constants.values


@functools.lru_cache(1024)  # most rules are what they were before they were taken anew
def _code(text: str, title: str) -> CodeType:
    return compile(text, title, "exec")


def compiled_kind(nodes: Sequence[Node | bool], kind: str) -> KindMatcher:
    """The function of all rules of a kind of event; `kind` names it in tracebacks."""
    text, constants = source_of_kind(nodes)
    namespace: dict[str, object] = dict(constants)
    exec(_code(text, f"<rules of {kind}>"), namespace)  # noqa: S102  # as below
    matcher: KindMatcher = namespace["rules"]  # type: ignore[assignment]  # as below
    return matcher


def compiled(node: Node, title: str) -> Matcher:
    """The function of a rule; `title` names it in tracebacks."""
    text, constants = source(node)
    namespace: dict[str, object] = dict(constants)
    exec(_code(text, f"<rule {title}>"), namespace)  # noqa: S102  # our own text; values enter by repr or name
    matcher: Matcher = namespace["rule"]  # type: ignore[assignment]  # exec gives no types
    return matcher
