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
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from sentinel.detection.predicates import Affix, Constants, Equals, Predicate, holds_affix
from sentinel.detection.tree import And, Keyword, Leaf, Named, Node, Not, Or, Present, Reference, needs
from sentinel.detection.views import READERS, Seen, View, elements, present
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
                slow = self._bound(present)
                there = f"((r := get({name!r})) is not None and (r.__class__ is str or {slow}(r)))"
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
        read = name if variable in known else self.read(variable)
        one = leaf.predicate.source(name, self.constants)
        several = self.constants.bind(_any_of(leaf.predicate))  # a call: these are few, and code of their own is dear
        text = f"({read} is not None and ({one} if {name}.__class__ is not tuple else {several}({name})))"
        after = known | {variable}
        return _Code(text, after, after)

    def read(self, variable: Variable) -> str:
        """The expression that reads a field into its variable."""
        view, field_name = variable
        name = self.names.setdefault(variable, f"t{len(self.names)}")
        slow = self._bound(READERS[view])
        if view is View.TEXT:  # by far the most frequent: spare the call for what is absent, or a plain ASCII string
            plain = "r.lower() if r.__class__ is str and r.isascii() else str(r) if r.__class__ is int"
            fold = f"{plain} else 'true' if r is True else 'false' if r is False else {slow}(r)"
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


def _any_of(predicate: Predicate) -> Callable[[Iterable[Seen]], bool]:
    holds = predicate.holds
    return lambda several: any(map(holds, several))


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


def source_of_kind(nodes: Sequence[Node | bool], usual: Collection[str] = ()) -> tuple[str, dict[str, object]]:
    """The source of a function that gives the numbers of the trees that hold, and its constants.

    What needs a field that is not `usual` is asked only of events with such a field: of most, none of it.
    """
    writer = _Writer()
    rare = {number: _needed(node).difference(usual) for number, node in enumerate(nodes) if usual}
    seldom = {number: min(names) for number, names in rare.items() if names}
    always = [(number, node) for number, node in enumerate(nodes) if number not in seldom]
    shared = _shared([node for _, node in always if not isinstance(node, bool)])
    first = [f"    {writer.read(variable)}\n" for variable in shared]
    lines, known = _asked(writer, always, frozenset(shared), "    ")
    if seldom:
        fields = writer.constants.bind(frozenset(seldom.values()))
        more, _ = _asked(writer, [(number, nodes[number]) for number in seldom], known, "        ")
        lines += [f"    if not fields.keys().isdisjoint({fields}):\n", *more, "        found.sort()\n"]
    text = f"def rules(fields, get):\n    found = []\n{''.join((*first, *lines))}    return found\n"
    return text, writer.constants.values


def _shared(nodes: Sequence[Node]) -> list[Variable]:
    """What several of these trees read: it is read first, and once."""
    read = Counter(variable for node in nodes for variable in dict.fromkeys(_variables(node)))
    return [variable for variable, times in read.items() if times > 1]


def _variables(node: Node) -> Iterator[Variable]:
    match node:
        case Leaf():
            yield node.view, node.field
        case And(children) | Or(children):
            for child in children:
                yield from _variables(child)
        case Not(child) | Named(_, child):
            yield from _variables(child)


def _needed(node: Node | bool) -> frozenset[str]:
    return frozenset() if isinstance(node, bool) else needs(node)


def _asked(
    writer: _Writer, nodes: Iterable[tuple[int, Node | bool]], known: frozenset[Variable], margin: str
) -> tuple[list[str], frozenset[Variable]]:
    """The lines that ask these trees, and the variables assigned after them."""
    lines = []
    for number, node in nodes:
        if isinstance(node, bool):
            lines += [f"{margin}found.append({number})\n"] if node else []
            continue
        code = writer.write(node, known)
        known = code.if_true & code.if_false
        lines.append(f"{margin}if {code.text}: found.append({number})\n")
    return lines, known


@functools.lru_cache(1024)  # most rules are what they were before they were taken anew
def _code(text: str, title: str) -> CodeType:
    return compile(text, title, "exec")


def compiled_kind(nodes: Sequence[Node | bool], kind: str, usual: Collection[str] = ()) -> KindMatcher:
    """The function of all rules of a kind of event, most of which have the `usual` fields; `kind` names it in tracebacks."""
    text, constants = source_of_kind(nodes, usual)
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
