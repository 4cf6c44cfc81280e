"""The query language of the console and the commands: one grammar, one tree, translated by each backend.

10.45.0.2 "ng setup"            words and phrases, anywhere in the event's texts and numbers; or the id of an event
event.action:nas.*              a field; `*` and `?` are wildcards, case is ignored
fiveg.nas.cause:20  network.bytes:>=1000  source.ip:10.45.0.0/16  fiveg.supi:*
-fiveg.nas.cipher:NEA0          not; also `!` and `NOT`
ngap OR pfcp   (a OR b) c       or, groups; terms side by side must all hold
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from sentinel.errors import QueryError

_GRAMMAR = r"""
start: any_of?
any_of: all_of (_OR all_of)*
all_of: _term (_AND? _term)*
_term: negated | group | compared | phrase | word
negated: _NOT _term
group: "(" any_of ")"
compared: NAME (VALUE | QUOTED)
phrase: QUOTED
word: WORD
_OR.4: /OR(?=[\s(])/
_AND.4: /AND(?=[\s(])/
_NOT.4: /NOT(?=[\s(])|-(?=\S)|!(?=\S)/
NAME.3: /[A-Za-z_][\w.]*:/
QUOTED.2: /"(\\.|[^"\\])*"/
WORD.1: /[^\s()":!-][^\s()"]*/
VALUE.1: /[^\s()"]+/
%ignore /\s+/
"""
_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="contextual")
_LONGEST = 2000  # characters; nobody types more, and a parser is not a place to spend a minute
_EVENT_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{2,32}")
DOTTED = re.compile(r"((?:\d{1,3}\.){1,3})\*")
"""A wildcard that is the beginning of IPv4 addresses."""
UNSEARCHED = frozenset(("@timestamp", "event.id", "event.kind", "event.sequence"))
"""Fields of every event that words and phrases are not looked for in: each holds nearly every number."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every event."""


@dataclass(frozen=True, slots=True)
class Text:
    """The text occurs in some value, whatever its case."""

    text: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there."""

    field: str


@dataclass(frozen=True, slots=True)
class Equals:
    """A value of the field is this; `*` and `?` are wildcards if `wild`; case is ignored."""

    field: str
    value: str
    wild: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """A numeric value of the field is `<`, `<=`, `>` or `>=` this number."""

    field: str
    operator: str
    number: float


@dataclass(frozen=True, slots=True)
class Network:
    """An address of the field lies in this network."""

    field: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Query


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one term holds."""

    terms: tuple[Query, ...]


Query = Everything | Text | Exists | Equals | Compare | Network | Not | And | Or


def parse(text: str) -> Query:
    """The tree of a query; raises `QueryError` with the column."""
    if len(text) > _LONGEST:
        raise QueryError(f"a query has at most {_LONGEST} characters", _LONGEST + 1)
    try:
        return _Build().transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
        column = len(text) + 1 if at_end or error.column < 1 else error.column
        raise QueryError(_expectation(text, column), column) from None
    except RecursionError:
        raise QueryError("too many nested groups", 1) from None


def _expectation(text: str, column: int) -> str:
    rest = text[column - 1 :].strip()
    if not rest:
        return "the query ends where a word, a value or `)` was expected"
    if rest.startswith('"'):
        return "a phrase that starts here has no closing quote"
    return f'`{rest.split()[0]}` is not expected here; write a word, a "phrase" or `field:value`'


class _Build(Transformer[Token, Query]):
    """From lark's tree to ours, bottom up."""

    def start(self, terms: list[Query]) -> Query:
        return terms[0] if terms else Everything()

    def any_of(self, terms: list[Query]) -> Query:
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def all_of(self, terms: list[Query]) -> Query:
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def negated(self, terms: list[Query]) -> Query:
        return Not(terms[0])

    def group(self, terms: list[Query]) -> Query:
        return terms[0]

    def phrase(self, tokens: list[Token]) -> Query:
        return Text(_unquote(tokens[0]))

    def word(self, tokens: list[Token]) -> Query:
        word = str(tokens[0])
        return Equals("event.id", word) if _EVENT_ID.fullmatch(word) else Text(word)

    def compared(self, tokens: list[Token]) -> Query:
        name, value = str(tokens[0])[:-1], tokens[1]
        if value.type == "QUOTED":
            return Equals(name, _unquote(value))
        return _field(name, str(value))


def literal(value: str) -> str:
    """A value as stores compare it: truth values are 1 and 0, an address is in its shortest form."""
    if value.lower() in ("true", "false"):
        return "1" if value.lower() == "true" else "0"
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return value
    return str(unmapped(address))


def unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address that is written as IPv6 is that IPv4 address."""
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def _unquote(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", str(token)[1:-1])


def _field(name: str, value: str) -> Query:
    if value == "*":
        return Exists(name)
    if match := re.fullmatch(r"(<=|>=|<|>)(-?\d+(?:\.\d+)?)", value):
        return Compare(name, match[1], float(match[2]))
    if "/" in value:
        try:
            return Network(name, ipaddress.ip_network(value, strict=False))
        except ValueError:
            pass  # a path, not a network
    return Equals(name, value, wild="*" in value or "?" in value)
