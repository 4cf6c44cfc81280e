"""Queries as SQL conditions over a JSON document column, for the embedded store."""

from __future__ import annotations

from sentinel.store import query as q

Sql = tuple[str, list[object]]
_UNSEARCHED = ", ".join(f"'{name}'" for name in sorted(q.UNSEARCHED))


def condition(tree: q.Query, column: str) -> Sql:  # noqa: PLR0911  # one for each kind of node
    """A WHERE expression over `column` (JSON text of a flat document) and its parameters."""
    match tree:
        case q.Everything():
            return "1", []
        case q.Text(text):
            # Values only: a field's name is not what somebody looks for, nor is 1 a word for `true`.
            test = f"atom LIKE ? ESCAPE '\\' AND type NOT IN ('true', 'false') AND key NOT IN ({_UNSEARCHED})"
            return f"EXISTS (SELECT 1 FROM json_tree({column}) WHERE {test})", [f"%{_escaped(text)}%"]
        case q.Exists(field):
            return f"json_type({column}, ?) IS NOT NULL", [_path(field)]
        case q.Equals(field, value, wild):
            if wild:
                like = "value LIKE ? ESCAPE '\\'"
                test = f"({like} OR {like})" if q.DOTTED.fullmatch(value) else like
                patterns = [_pattern(value), f"::ffff:{_pattern(value)}"][: test.count("?")]
                return _any(column, test), [_path(field), *patterns]
            said = q.literal(value)
            return _any(column, "CAST(value AS TEXT) COLLATE NOCASE IN (?, ?)"), [_path(field), said, f"::ffff:{said}"]
        case q.Compare(field, operator, number):
            return _any(column, f"typeof(value) IN ('integer', 'real') AND value {operator} ?"), [_path(field), number]
        case q.Network(field, network):
            return _any(column, "in_network(value, ?)"), [_path(field), str(network)]
        case q.Not(term):
            text, values = condition(term, column)
            return f"NOT ({text})", values
        case q.And(terms) | q.Or(terms):
            parts = [condition(term, column) for term in terms]
            joint = " AND " if isinstance(tree, q.And) else " OR "
            return "(" + joint.join(text for text, _ in parts) + ")", [v for _, values in parts for v in values]


def _any(column: str, test: str) -> str:
    return f"EXISTS (SELECT 1 FROM json_each({column}, ?) WHERE {test})"


def _path(field: str) -> str:
    return f'$."{field}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _pattern(value: str) -> str:
    return _escaped(value).replace("*", "%").replace("?", "_")
