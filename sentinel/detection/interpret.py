"""The interpreter of detections: explains a match, foresees by kind, and is the compiler's oracle."""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.detection.predicates import holds_affix
from sentinel.detection.tree import And, Keyword, Leaf, Named, Node, Not, Or, Present, Reference
from sentinel.detection.views import READERS, elements, present
from sentinel.model.alert import Clause
from sentinel.model.event import Fields


def holds(node: Node, fields: Fields) -> bool:  # noqa: PLR0911  # one return a kind of node
    """Whether an event with these fields satisfies the tree."""
    match node:
        case And(children):
            return all(holds(child, fields) for child in children)
        case Or(children, least):
            return sum(holds(child, fields) for child in children) >= least
        case Not(child):
            return not holds(child, fields)
        case Named(_, child):
            return holds(child, fields)
        case Present(name, wanted):
            return present(fields.get(name)) == wanted
        case Keyword(view, predicate):
            return any(predicate.holds(seen) for value in fields.values() for seen in elements(READERS[view](value)))
        case Reference():
            return _refers(node, fields)
        case Leaf(name, view, predicate):
            return any(predicate.holds(seen) for seen in elements(READERS[view](fields.get(name))))


def _refers(node: Reference, fields: Fields) -> bool:
    read = READERS[node.view]
    return any(
        holds_affix(node.where, str(one), str(other))
        for one in elements(read(fields.get(node.field)))
        for other in elements(read(fields.get(node.other)))
    )


def explain(node: Node, fields: Fields) -> Clause:  # noqa: PLR0911  # one return a kind of node
    """Why the tree holds or not: each clause with the value that decided it."""
    match node:
        case And(children):
            found = tuple(explain(child, fields) for child in children)
            return Clause("and", all(one.held for one in found), children=found)
        case Or(children, least, label):
            found = tuple(explain(child, fields) for child in children)
            return Clause(label, sum(one.held for one in found) >= least, children=found)
        case Not(child):
            inner = explain(child, fields)
            return Clause("not", not inner.held, children=(inner,))
        case Named(name, child):
            inner = explain(child, fields)
            return Clause(name, inner.held, children=(inner,))
        case Keyword():
            name = next((name for name, value in fields.items() if holds(node, {name: value})), "")
            return Clause(node.text, bool(name), name, fields.get(name))
        case Reference():
            other = Clause(node.other, True, node.other, fields.get(node.other))
            return Clause(node.text, holds(node, fields), node.field, fields.get(node.field), (other,))
        case Leaf() | Present():
            return Clause(node.text, holds(node, fields), node.field, fields.get(node.field))


def foresee(node: Node, kind: str) -> bool | None:
    """Whether events of this kind can satisfy the tree: yes, no, or it depends on more than the kind."""
    match node:
        case And(children):
            return _count([foresee(child, kind) for child in children], len(children))
        case Or(children, least):
            return _count([foresee(child, kind) for child in children], least)
        case Not(child):
            inner = foresee(child, kind)
            return None if inner is None else not inner
        case Named(_, child):
            return foresee(child, kind)
        case Leaf("event.action") | Present("event.action"):
            return holds(node, {"event.action": kind})
        case _:
            return None


def known(node: Node, kind: str) -> Node | bool:  # one return a kind of node
    """The tree for events of this kind: without what the kind decides, or the answer where that is all."""
    match node:
        case And(children):
            return _joined([known(child, kind) for child in children], len(children), conjunction=True)
        case Or(children, least):
            return _joined([known(child, kind) for child in children], least, conjunction=False)
        case Not(child):
            inner = known(child, kind)
            return not inner if isinstance(inner, bool) else Not(inner)
        case Named(_, child):
            return known(child, kind)
        case Leaf("event.action") | Present("event.action"):
            return holds(node, {"event.action": kind})
        case _:
            return node


def _joined(parts: Sequence[Node | bool], least: int, *, conjunction: bool) -> Node | bool:
    """What is still to be asked of these parts, of which at least so many have to hold."""
    left = least - sum(part is True for part in parts)
    open_ = tuple(part for part in parts if not isinstance(part, bool))
    if left <= 0:
        return True
    if left > len(open_):
        return False
    if len(open_) == 1:
        return open_[0]
    return And(open_) if conjunction or left == len(open_) else Or(open_, left)


def _count(answers: list[bool | None], least: int) -> bool | None:
    """Whether at least so many answers are yes, as far as they are known."""
    if sum(answer is True for answer in answers) >= least:
        return True
    return None if sum(answer is not False for answer in answers) >= least else False
