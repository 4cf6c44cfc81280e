"""The tree of a detection: what the interpreter walks and the compiler turns into Python."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.detection.predicates import Predicate
from sentinel.detection.views import View


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field looked at through a view; of several values any may satisfy the predicate; an absent one never does."""

    field: str
    view: View
    predicate: Predicate
    text: str


@dataclass(frozen=True, slots=True)
class Present:
    """A field that is there (`wanted`) or absent."""

    field: str
    wanted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Two fields of the event against each other; absent ones never match."""

    field: str
    other: str
    view: View
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """A predicate on any value of any field."""

    view: View
    predicate: Predicate
    text: str


@dataclass(frozen=True, slots=True)
class And:
    """All children hold."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least `least` children hold; `label` is how the condition said it, where it counted."""

    children: tuple[Node, ...]
    least: int = 1
    label: str = "or"


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: Node


@dataclass(frozen=True, slots=True)
class Named:
    """A search identifier and what it stands for."""

    name: str
    child: Node


Node = Leaf | Present | Reference | Keyword | And | Or | Not | Named


def all_of(nodes: tuple[Node, ...]) -> Node:
    """Their conjunction."""
    return nodes[0] if len(nodes) == 1 else And(nodes)


def any_of(nodes: tuple[Node, ...]) -> Node:
    """Their disjunction."""
    return nodes[0] if len(nodes) == 1 else Or(nodes)


def needs(node: Node) -> frozenset[str]:
    """Fields without which the tree cannot hold."""
    match node:
        case Leaf() | Present(_, True):
            return frozenset({node.field})
        case Reference():
            return frozenset({node.field, node.other})
        case And(children):
            return frozenset().union(*map(needs, children))
        case Or(children):
            return frozenset.intersection(*map(needs, children))
        case Named(_, child):
            return needs(child)
    return frozenset()


def asks(node: Node, name: str) -> bool:
    """Whether the tree reads the field."""
    match node:
        case Leaf() | Present():
            return node.field == name
        case Reference():
            return name in (node.field, node.other)
        case And() | Or():
            return any(asks(child, name) for child in node.children)
        case Not() | Named():
            return asks(node.child, name)
    return False
