"""From the tree of a rule to a query of the store that finds at least what the rule matches (console, section 3).

The query only spares the evaluator work: what it finds is judged by the rule again. So a leaf may find too much, never
too little, and what the query language cannot say exactly enough becomes "the field is there" or "everything". Below
`not` it is the other way round, where nothing can be said that is surely not too much: everything. The ends and middles
of texts are left to the evaluator, as a store may not look behind a NUL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sentinel.detection.interpret import foresee
from sentinel.detection.predicates import Affix, Compare, Equals
from sentinel.detection.rule import Rule, RuleSet, prefixes
from sentinel.detection.sight import PREFIX
from sentinel.detection.tree import And, Leaf, Named, Node, Or, Present, Reference
from sentinel.detection.views import TIME, View
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.store import query as q

_PLAIN = re.compile(r"[ -~]*")  # what every store folds alike
_SIGNS = ("<", "<=", ">", ">=")


def kinds_of(rules: RuleSet, kinds: Iterable[str]) -> list[str]:
    """Those of the kinds that some rule can match, and those that say how well the monitor sees."""
    return [kind for kind in kinds if kind.startswith(PREFIX) or any(_may(rule, kind) for rule in rules.rules)]


def _may(rule: Rule, kind: str) -> bool:
    covered = not rule.service or kind.partition(".")[0] in prefixes(rule.service)
    return covered and foresee(rule.condition, kind) is not False


def query_of(rules: RuleSet, catalogue: Mapping[str, FieldSpec]) -> q.Query:
    """What finds at least everything that some rule matches, and all that the monitor says of itself."""
    own = q.Equals("event.action", f"{PREFIX}*", wild=True)
    return _any([own, *(superset(rule.condition, catalogue) for rule in rules.rules)])


def superset(node: Node, catalogue: Mapping[str, FieldSpec]) -> q.Query:  # noqa: PLR0911  # one return a kind of node
    """A query that holds for every event for which the tree does."""
    match node:
        case And(children):
            return _all([superset(child, catalogue) for child in children])
        case Or(children):
            return _any([superset(child, catalogue) for child in children])
        case Named(_, child):
            return superset(child, catalogue)
        case Present(name, True) if name != TIME:
            return q.Exists(name)
        case Reference(one, other) if TIME not in (one, other):
            return _all([q.Exists(one), q.Exists(other)])
        case Leaf() if node.field != TIME:
            return _leaf(node, catalogue.get(node.field))
    return q.Everything()


def _leaf(leaf: Leaf, spec: FieldSpec | None) -> q.Query:
    there = q.Exists(leaf.field)
    if spec is None:
        return there
    texts = spec.type is FieldType.KEYWORD and leaf.view in (View.TEXT, View.CASED)
    numbers = spec.type in (FieldType.LONG, FieldType.DOUBLE) and leaf.view is View.NUMBER
    match leaf.predicate:
        case Equals(values) if texts and all(map(_sayable, values)):
            return _any([q.Equals(leaf.field, str(value)) for value in values])
        case Affix("startswith", values) if texts and all(map(_sayable, values)):
            return _any([q.Equals(leaf.field, f"{value}*", wild=True) for value in values])
        case Compare(sign, bound) if numbers and sign in _SIGNS:
            return q.Compare(leaf.field, sign, bound)
    return there


def _sayable(value: object) -> bool:
    """A text that means itself in a query: `true` would be a truth value there."""
    return isinstance(value, str) and bool(_PLAIN.fullmatch(value)) and value.lower() not in ("true", "false")


def _all(terms: Sequence[q.Query]) -> q.Query:
    said = tuple(term for term in terms if term != q.Everything())
    return said[0] if len(said) == 1 else q.And(said) if said else q.Everything()


def _any(terms: Sequence[q.Query]) -> q.Query:
    if q.Everything() in terms:
        return q.Everything()
    said = tuple(dict.fromkeys(terms))
    return said[0] if len(said) == 1 else q.Or(said)
