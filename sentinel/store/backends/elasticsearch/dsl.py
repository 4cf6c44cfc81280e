"""Queries as Elasticsearch's query DSL, with the answers that the embedded store gives.

A leaf asks the index. Values that it could not take (longer than a term, no number of 64 bits) are only in the document:
`_ignored` names their field, and for those few documents the leaf is asked of the document itself, by a runtime field.
So are the few questions that a type cannot answer, such as a wildcard within a number.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from sentinel.model.fields import FieldSpec, FieldType
from sentinel.store import query as q
from sentinel.store.backends.elasticsearch.mappings import GRAM, PAD, TEXT, WORDS, ours

Dsl = dict[str, Any]

NOTHING: Dsl = {"match_none": {}}
_MAPPED = ipaddress.ip_network("::ffff:0.0.0.0/96")  # where an ip field keeps IPv4
_CAPITALS = re.compile("[A-Z]")
_INTEGER = re.compile(r"0|-?[1-9]\d{0,18}")
_EMITTED = 1_000_000  # characters that a script may give of a document; it fails as a whole with more
_AS_TEXT = f"""\
def found = params._source[params.field];
int left = {_EMITTED};
for (value in found instanceof List ? found : [found]) {{
  if (value == null) {{ continue }}
  String text = value instanceof Boolean ? (value ? '1' : '0') : value.toString();
  if (text.length() <= left) {{ left -= text.length(); emit(text) }}
}}"""
_AS_NUMBER = """\
def found = params._source[params.field];
for (value in found instanceof List ? found : [found]) {
  if (value instanceof Boolean) { emit(value ? 1 : 0) }
  else if (value instanceof Number) { emit(((Number) value).doubleValue()) }
}"""
_ALL_TEXT = f"""\
int left = {_EMITTED};
for (entry in params._source.entrySet()) {{
  if (!params.besides.contains(entry.getKey()) && !entry.getKey().startsWith('sentinel.')) {{
    def found = entry.getValue();
    for (value in found instanceof List ? found : [found]) {{
      if (value == null || value instanceof Boolean) {{ continue }}
      String text = value.toString();
      if (text.length() <= left) {{ left -= text.length(); emit(text) }}
    }}
  }}
}}"""
_IN_NETWORK = """\
CIDR network = new CIDR(params.network);
for (value in doc[params.field]) {
  if (params.six && (!value.contains(':') || value.toLowerCase().startsWith('::ffff:'))) { continue }
  try { if (network.contains(value)) { return true } } catch (IllegalArgumentException no_address) { }
}
return false"""


class Translation:
    """One query in translation, with the runtime fields that it needs."""

    def __init__(self, fields: Mapping[str, FieldSpec]) -> None:
        self._fields = fields
        self.runtime: Dsl = {}

    def of(self, tree: q.Query) -> Dsl:
        """The query."""
        match tree:
            case q.Exists(field) | q.Equals(field) | q.Compare(field) | q.Network(field) if ours(field):
                return NOTHING
        return self._of(tree)

    def _of(self, tree: q.Query) -> Dsl:  # noqa: PLR0911  # one for each kind of node
        match tree:
            case q.Everything():
                return {"match_all": {}}
            case q.Text(text):
                return self._text(text)
            case q.Exists(field):
                return self._there(field)
            case q.Equals(field, value, wild):
                return self._wild(field, value) if wild else self._equals(field, q.literal(value))
            case q.Compare(field, operator, number):
                return self._compare(field, operator, number)
            case q.Network(field, network):
                return self._network(field, network)
            case q.Not(term):
                return {"bool": {"must_not": [self.of(term)]}}
            case q.And(terms):
                return {"bool": {"filter": [self.of(term) for term in terms]}}
            case q.Or(terms):
                return _either(*(self.of(term) for term in terms))

    def _text(self, text: str) -> Dsl:
        """A document has its values in `WORDS`, or in `TEXT` as a version before this one left them."""
        pattern = f"*{_escaped(text)}*"
        script = {"source": _ALL_TEXT, "params": {"besides": sorted(q.UNSEARCHED)}}
        self.runtime["whole"] = {"type": "keyword", "script": script}
        whole = _glob("whole", pattern)
        if PAD in text:
            return whole
        earlier = _both(
            {"exists": {"field": "_ignored"}}, {"bool": {"must_not": [{"exists": {"field": WORDS}}]}}, whole
        )
        return _either(_worded(text), _glob(TEXT, pattern), earlier)

    def _there(self, field: str) -> Dsl:
        if field not in self._fields:
            return {"exists": {"field": self._as_text(field)}}
        return _either({"exists": {"field": field}}, _ignored(field))

    def _equals(self, field: str, value: str) -> Dsl:
        whole = _term(self._as_text(field), value)
        if field not in self._fields:
            return whole
        return _either(self._indexed(field, value), _both(_ignored(field), whole))

    def _indexed(self, field: str, value: str) -> Dsl:
        match self._fields[field].type:
            case FieldType.KEYWORD:
                return _term(field, value)
            case FieldType.LONG if _INTEGER.fullmatch(value) and abs(int(value)) < 2**63:
                return {"term": {field: int(value)}}
            case FieldType.DOUBLE if _is_double(value):
                return {"term": {field: float(value)}}
            case FieldType.BOOLEAN if value in ("0", "1"):
                return {"term": {field: value == "1"}}
            case FieldType.IP if _is_address(value):
                return {"term": {field: value}}
            case _:
                return NOTHING

    def _wild(self, field: str, value: str) -> Dsl:
        spec, pattern = self._fields.get(field), _pattern(value)
        if spec is not None and spec.type is FieldType.IP and (dotted := q.DOTTED.fullmatch(value)):
            return self._network(field, _octets(dotted[1]))
        whole = _glob(self._as_text(field), pattern)
        if spec is None:
            return whole
        if spec.type is FieldType.KEYWORD:
            return _either(_glob(field, pattern), _both(_ignored(field), whole))
        return _both(self._there(field), whole)

    def _compare(self, field: str, operator: str, number: float) -> Dsl:
        name = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[operator]
        script = {"source": _AS_NUMBER, "params": {"field": field}}
        self.runtime[f"number of {field}"] = {"type": "double", "script": script}
        whole = {"range": {f"number of {field}": {name: number}}}
        spec = self._fields.get(field)
        match spec and spec.type:
            case None:
                return whole
            case FieldType.LONG | FieldType.DOUBLE as kind:
                indexed = _ranged(field, name, number, whole_numbers=kind is FieldType.LONG)
                return _either(indexed, _both(_ignored(field), whole))
            case FieldType.BOOLEAN:
                held = [each for each in (False, True) if _holds(int(each), operator, number)]
                return {"terms": {field: held}}
            case _:
                return NOTHING

    def _network(self, field: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network | None) -> Dsl:
        spec = self._fields.get(field)
        if network is None or spec is None:
            return NOTHING
        if spec.type is FieldType.IP:
            return _either(*({"range": {field: {"gte": low, "lte": high}}} for low, high in _ranges(network)))
        if spec.type is FieldType.KEYWORD:
            script = {
                "source": _IN_NETWORK,
                "params": {"field": field, "network": str(network), "six": network.version == 6},
            }
            return _both({"exists": {"field": field}}, {"script": {"script": script}})
        return NOTHING

    def _as_text(self, field: str) -> str:
        name = f"text of {field}"
        self.runtime[name] = {"type": "keyword", "script": {"source": _AS_TEXT, "params": {"field": field}}}
        return name


def _either(*terms: Dsl) -> Dsl:
    said = [term for term in terms if term != NOTHING]
    if len(said) < 2:
        return said[0] if said else NOTHING
    return {"bool": {"should": said, "minimum_should_match": 1}}


def _both(*terms: Dsl) -> Dsl:
    return {"bool": {"filter": list(terms)}}


def _ignored(field: str) -> Dsl:
    return {"term": {"_ignored": field}}


def _term(field: str, value: str) -> Dsl:
    return {"term": {field: {"value": value, "case_insensitive": True}}}


def _glob(field: str, pattern: str) -> Dsl:
    return {"wildcard": {field: {"value": pattern, "case_insensitive": True}}}


def _worded(text: str) -> Dsl:
    """All parts of a text one behind the other, or the parts that begin with it where it is shorter than one."""
    if not text:
        return {"exists": {"field": WORDS}}
    if len(text) < GRAM:
        return {"prefix": {WORDS: {"value": _CAPITALS.sub(lambda found: found[0].lower(), text)}}}
    return {"match_phrase": {WORDS: {"query": text}}}


def _escaped(text: str) -> str:
    return re.sub(r"([\\*?])", r"\\\1", text)


def _pattern(value: str) -> str:
    return value.replace("\\", "\\\\")


def _ranged(field: str, name: str, number: float, *, whole_numbers: bool) -> Dsl:
    if whole_numbers and abs(number) >= 2**63:  # beyond all that is indexed
        everything = (number > 0) == name.startswith("l")
        return {"exists": {"field": field}} if everything else NOTHING
    return {"range": {field: {name: int(number) if float(number).is_integer() else number}}}


def _is_double(value: str) -> bool:
    try:
        return repr(float(value)) == value
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _holds(value: int, operator: str, number: float) -> bool:
    return {"<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number}[operator]


def _octets(dotted: str) -> ipaddress.IPv4Network | None:
    parts = dotted.strip(".").split(".")
    try:
        return ipaddress.IPv4Network(f"{'.'.join([*parts, *'000'][:4])}/{8 * len(parts)}")
    except ValueError:
        return None


def _ranges(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[tuple[str, str]]:
    """First and last addresses; IPv4, which an ip field keeps among IPv6, is no part of an IPv6 network."""
    low, high = int(network.network_address), int(network.broadcast_address)
    if isinstance(network, ipaddress.IPv4Network):
        return [(str(network.network_address), str(network.broadcast_address))]
    first, last = int(_MAPPED.network_address), int(_MAPPED.broadcast_address)
    parts = [(low, min(high, first - 1)), (max(low, last + 1), high)]
    return [(str(ipaddress.IPv6Address(a)), str(ipaddress.IPv6Address(b))) for a, b in parts if a <= b]
