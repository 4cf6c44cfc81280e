"""`field|modifier|...: values`, Sigma's detection item, as a tree.

Strings compare without regard to (ASCII) case unless `cased`; `*` and `?` are wildcards unless escaped; `re` respects
case unless `i`. Of several values any matches, or all with `all`. `neq` denies the whole item, so an absent field is
different from everything. Time parts read seconds since the epoch or ISO 8601 text, in UTC.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.detection.predicates import OPERATORS, Affix, Between, Compare, Equals, Pattern, Predicate
from sentinel.detection.regex import RegexError, check
from sentinel.detection.source import Plain
from sentinel.detection.tree import Keyword, Leaf, Node, Not, Present, Reference, all_of, any_of
from sentinel.detection.views import View, address, cased, fold, network
from sentinel.model.event import Scalar
from sentinel.model.fields import FieldSpec, FieldType

PLACES = ("startswith", "endswith", "contains")
ENCODINGS = {"utf16le": "utf-16-le", "utf16be": "utf-16-be", "wide": "utf-16-le", "utf16": "utf-16-le"}
PARTS = ("minute", "hour", "day", "week", "month", "year")
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
COMPARISONS = ("lt", "lte", "gt", "gte")
MODIFIERS = frozenset(
    (
        *("all", "exists", "cased", "neq", "windash", "re", "base64", "base64offset", "cidr", "expand", "fieldref"),
        *(*PLACES, *ENCODINGS, *PARTS, *FLAGS, *COMPARISONS),
    )
)
PSEUDONYMS = frozenset(
    ("fiveg.supi", "fiveg.suci", "fiveg.pei", "fiveg.gpsi", "fiveg.guti", "fiveg.tmsi", "fiveg.ue.subject")
)
"""What may be stored as a pseudonym: a rule that asks for a part of it would find nothing there."""
_DASHES = "-/–—―"
_DASH = re.compile(rf"(?<!\w)[{_DASHES}](?=\w)")
_PLACEHOLDER = re.compile(r"(?<!\\)%(\w+)%")
_MOST_VARIANTS = 1024


class ModifierError(ValueError):
    """A detection item is not of the language; `at` is which value is wrong, where it is one of them."""

    at: int | None = None


class _Wildcard:
    """A `*` or `?` in a pattern."""

    def __init__(self, sign: str) -> None:
        self.sign = sign


_MANY, _ONE = _Wildcard("*"), _Wildcard("?")
_Part = str | _Wildcard


@dataclass(frozen=True, slots=True)
class Item:
    """The left side of a detection item, and what its values need to be understood."""

    field: str
    modifiers: tuple[str, ...]
    spec: FieldSpec | None
    catalogue: Mapping[str, FieldSpec]
    placeholders: Mapping[str, Sequence[Scalar]]
    foreign: bool = False

    def has(self, *names: str) -> bool:
        """Whether any of these modifiers is there."""
        return any(name in self.modifiers for name in names)

    @property
    def place(self) -> str:
        """`startswith`, `endswith`, `contains`, or `equals`; a keyword is found anywhere."""
        for name in PLACES:
            if name in self.modifiers:
                return name
        return "equals" if self.field else "contains"


def item(
    key: str,
    values: Sequence[Plain],
    catalogue: Mapping[str, FieldSpec],
    placeholders: Mapping[str, Sequence[Scalar]],
    *,
    foreign: bool = False,
) -> Node:
    """The tree of one detection item; raises `ModifierError`. A `foreign` one has fields that nobody knows."""
    name, *modifiers = key.split("|")
    made = Item(name, tuple(modifiers), catalogue.get(name), catalogue, placeholders, foreign)
    _check(made, values)
    nodes = tuple(_placed(made, at, value) for at, value in enumerate(values))
    joined = all_of(nodes) if made.has("all") else any_of(nodes)
    return Not(joined) if made.has("neq") else joined


def known_field(name: str, catalogue: Mapping[str, FieldSpec]) -> None:
    """Raise `ModifierError` unless the catalogue has the field."""
    if name not in catalogue:
        raise ModifierError(f"unknown field `{name}`, expected one of the field catalogue")


def _known(made: Item, name: str) -> None:
    if not made.foreign:
        known_field(name, made.catalogue)


def _check(made: Item, values: Sequence[Plain]) -> None:
    for name in made.modifiers:
        if name not in MODIFIERS:
            raise ModifierError(f"unknown modifier `{name}`, expected one of {', '.join(sorted(MODIFIERS))}")
    if len(set(made.modifiers)) != len(made.modifiers):
        raise ModifierError("a modifier is there twice")
    if made.field:
        _known(made, made.field)
    elif set(made.modifiers) - {"all", "cased", "re", *FLAGS, "contains", "expand", "base64", "base64offset", "wide"}:
        raise ModifierError("a keyword search takes only `all`, `cased`, `contains`, `expand`, `re` and encodings")
    if not values:
        raise ModifierError("expected at least one value")
    if made.has("all") and len(values) < 2 and not made.foreign:
        raise ModifierError("`all` needs a list of at least two values")
    _check_together(made)
    _whole(made)


def _whole(made: Item) -> None:
    """Refuse to match on a part of an identity."""
    if made.field in PSEUDONYMS and made.has(*PLACES, "re", "cidr", *COMPARISONS):
        raise ModifierError(
            f"`{made.field}` may be stored as a pseudonym: match all of it, or `fiveg.plmn` or a group, not a part of it"
        )


def _check_together(made: Item) -> None:
    ways = [name for name in made.modifiers if name in {*PLACES, "re", "cidr", "exists", *COMPARISONS}]
    if len(ways) > 1:
        raise ModifierError(f"`{ways[0]}` and `{ways[1]}` exclude each other")
    if made.has(*FLAGS) and not made.has("re"):
        raise ModifierError("`i`, `m` and `s` need `re`")
    strings = {"windash", "base64", "base64offset", *ENCODINGS}
    if made.has(*strings) and made.has("re", "cidr", "exists", "fieldref", *COMPARISONS, *PARTS):
        raise ModifierError("an encoding or `windash` is for plain strings")
    if made.has("fieldref") and made.has("re", "cidr", "exists", "expand", *COMPARISONS, *PARTS):
        raise ModifierError("`fieldref` goes with `startswith`, `endswith`, `contains`, `cased` and `neq` only")
    if made.has(*PARTS) and (
        made.has(*PLACES, "re", "cidr", "exists", "cased") or len(set(made.modifiers) & set(PARTS)) > 1
    ):
        raise ModifierError("one time part, and a comparison, go together only")


def _placed(made: Item, at: int, value: Plain) -> Node:
    try:
        return any_of(tuple(_value(made, one) for one in _expanded(made, value)))
    except ModifierError as error:
        error.at = at
        raise


def _value(made: Item, value: Plain) -> Node:
    """The tree for one value."""
    if made.has("exists"):
        return _exists(made, value)
    if value is None:
        if set(made.modifiers) - {"neq", "all"} or not made.field:
            raise ModifierError("null goes with `neq` only")
        return Present(made.field, False, f"{made.field} = null")
    for modifier, make in _SPECIAL.items():
        if made.has(modifier):
            return make(made, value)
    if made.has(*COMPARISONS, *PARTS):
        return _comparison(made, value)
    return _string(made, value)


def _exists(made: Item, value: Plain) -> Node:
    if not isinstance(value, bool):
        raise ModifierError(f"`exists` needs true or false, got `{value}`")
    return Present(made.field, value, f"{made.field} exists" if value else f"{made.field} does not exist")


def _comparison(made: Item, value: Plain) -> Node:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ModifierError(f"expected a number, got `{value}`")
    part = next((name for name in made.modifiers if name in PARTS), "")
    sign = next((OPERATORS[name] for name in made.modifiers if name in COMPARISONS), "==")
    shown = f"{made.field} {part} {sign} {value}" if part else f"{made.field} {sign} {value}"
    return Leaf(made.field, View(part) if part else View.NUMBER, Compare(sign, value), shown)


def _cidr(made: Item, value: Plain) -> Node:
    if made.spec is not None and made.spec.type not in (FieldType.IP, FieldType.KEYWORD):
        raise ModifierError(f"`{made.field}` holds no addresses")
    try:
        low, high = network(str(value))
    except ValueError as error:
        raise ModifierError(f"`{value}` is no network, expected such as `10.0.0.0/8` ({error})") from None
    return Leaf(made.field, View.ADDRESS, Between(low, high), f"{made.field} in {value}")


def _regex(made: Item, value: Plain) -> Node:
    flags = re.ASCII
    for name, flag in FLAGS.items():
        flags |= flag if made.has(name) else 0
    try:
        check(str(value), flags, guarded=not made.foreign)
    except RegexError as error:
        raise ModifierError(str(error)) from None
    return _leaf(made, View.CASED, Pattern(str(value), int(flags)), f"matches {value}")


def _reference(made: Item, value: Plain) -> Node:
    other = str(value)
    _known(made, other)
    specs = [made.catalogue.get(name) for name in (made.field, other)]
    addresses = all(spec is not None and spec.type is FieldType.IP for spec in specs)
    view = View.ADDRESS_TEXT if addresses else View.CASED if made.has("cased") else View.TEXT
    sign = "=" if made.place == "equals" else made.place
    return Reference(made.field, other, view, made.place, f"{made.field} {sign} {other}")


_SPECIAL: dict[str, Callable[[Item, Plain], Node]] = {"cidr": _cidr, "re": _regex, "fieldref": _reference}


def _string(made: Item, value: Plain) -> Node:
    """A string with its wildcards, after expansion and encoding."""
    if value is not None and not isinstance(value, str):
        if made.has("base64", "base64offset", "windash", *ENCODINGS):
            raise ModifierError(f"expected a string, got `{value}`")
        return _pattern(made, [cased(value)], cased(value))
    nodes: list[Node] = []
    for variant in _dashed(value or "") if made.has("windash") else [value or ""]:
        nodes += [_pattern(made, parts, variant) for parts in _encoded(made, _parts(variant))]
    return any_of(tuple(nodes))


def _expanded(made: Item, value: Plain) -> Sequence[Plain]:
    """A value with its placeholders replaced, in every combination; one that stands alone keeps its type."""
    if not made.has("expand"):
        return [value]
    if not isinstance(value, str):
        raise ModifierError(f"expected a string, got `{value}`")
    alone = _PLACEHOLDER.fullmatch(value)
    if alone is not None and made.placeholders.get(alone[1]):
        return list(made.placeholders[alone[1]])
    return _combined(made, value)


def _combined(made: Item, text: str) -> list[str]:
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    if made.foreign and not all(made.placeholders.get(name) for name in names):
        return [text]  # whoever runs the rule gives the values
    for name in names:
        if not made.placeholders.get(name):
            raise ModifierError(f"placeholder `%{name}%` has no values")
    variants = []
    for chosen in itertools.islice(itertools.product(*(made.placeholders[name] for name in names)), _MOST_VARIANTS + 1):
        table = dict(zip(names, map(cased, chosen), strict=True))
        variants.append(_PLACEHOLDER.sub(lambda found: table[found[1]], text).replace("\\%", "%"))  # noqa: B023  # used at once
    return _few(variants)


def _few(variants: list[str]) -> list[str]:
    if len(variants) > _MOST_VARIANTS:
        raise ModifierError(f"the value stands for more than {_MOST_VARIANTS} strings")
    return variants


def _dashed(text: str) -> list[str]:
    """Every way to write the dashes before the words of `text`."""
    places = [found.start() for found in _DASH.finditer(text)]
    variants = []
    for signs in itertools.islice(itertools.product(_DASHES, repeat=len(places)), _MOST_VARIANTS + 1):
        letters = list(text)
        for place, sign in zip(places, signs, strict=True):
            letters[place] = sign
        variants.append("".join(letters))
    return _few(variants)


def _parts(text: str) -> list[_Part]:
    """Sigma's string: `*` and `?` are wildcards, a backslash escapes them and itself."""
    parts: list[_Part] = []
    plain = ""
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and at + 1 < len(text) and text[at + 1] in "*?\\":
            plain += text[at + 1]
            at += 2
            continue
        if letter in "*?":
            parts += [plain] if plain else []
            parts.append(_MANY if letter == "*" else _ONE)
            plain = ""
        else:
            plain += letter
        at += 1
    return [*parts, plain] if plain else parts


def _encoded(made: Item, parts: list[_Part]) -> list[list[_Part]]:
    """The string after utf16 and base64, three of them for `base64offset`."""
    encoding = next((name for name in made.modifiers if name in ENCODINGS), "")
    if not encoding and not made.has("base64", "base64offset"):
        return [parts]
    if any(isinstance(part, _Wildcard) for part in parts):
        raise ModifierError("an encoded string cannot have wildcards")
    text = "".join(part for part in parts if isinstance(part, str))
    data = text.encode(ENCODINGS.get(encoding, "utf-8"))
    if encoding == "utf16":
        data = b"\xff\xfe" + data
    if made.has("base64offset"):
        return [[_shifted(data, offset)] for offset in range(3)]
    return [[base64.b64encode(data).decode() if made.has("base64") else data.decode("latin-1")]]


def _shifted(data: bytes, offset: int) -> str:
    """What is certain of the Base64 of `data` when `offset` octets come before it in its group of three."""
    start = (0, 2, 3)[offset]
    end = (None, -3, -2)[(len(data) + offset) % 3]
    return base64.b64encode(bytes(offset) + data).decode()[start:end]


def _pattern(made: Item, parts: list[_Part], shown: str) -> Node:
    """A leaf for a string pattern at its place."""
    sign = "=" if made.place == "equals" else made.place
    label = f"{sign} {shown}" if made.field else shown
    if made.place in ("endswith", "contains"):
        parts = [_MANY, *parts]
    if made.place in ("startswith", "contains"):
        parts = [*parts, _MANY]
    if not made.has("cased"):
        parts = [fold(part) if isinstance(part, str) else part for part in parts]
    parts = _squeezed(parts)
    if parts == [_MANY] and made.field:
        return Present(made.field, True, f"{made.field} exists")
    if made.field in PSEUDONYMS and any(isinstance(part, _Wildcard) for part in parts):
        raise ModifierError(f"`{made.field}` may be stored as a pseudonym: match all of it, without wildcards")
    of_address = made.spec is not None and made.spec.type is FieldType.IP
    match parts:
        case [str(text)] if of_address:
            return _leaf(made, View.ADDRESS, Equals((_parsed(text),)), label)
    view = View.ADDRESS_TEXT if of_address else View.CASED if made.has("cased") else View.TEXT
    return _leaf(made, view, _predicate(parts), label)


def _predicate(parts: list[_Part]) -> Predicate:
    """The cheapest predicate for a pattern."""
    match parts:
        case []:
            return Equals(("",))
        case [str(text)]:
            return Equals((text,))
        case [str(text), last] if last is _MANY:
            return Affix("startswith", (text,))
        case [first, str(text)] if first is _MANY:
            return Affix("endswith", (text,))
        case [first, str(text), last] if first is _MANY and last is _MANY:
            return Affix("contains", (text,))
    return _glob(parts)


def _parsed(text: str) -> int:
    found = address(text)
    if found is None:
        raise ModifierError(f"`{text}` is no address, expected such as `10.0.0.1`")
    return found


def _squeezed(parts: list[_Part]) -> list[_Part]:
    """Neighbouring `*` as one."""
    return [part for at, part in enumerate(parts) if part is not _MANY or at == 0 or parts[at - 1] is not _MANY]


def _glob(parts: list[_Part]) -> Predicate:
    """Wildcards as an expression that never backtracks: each piece is found leftmost, within an atomic group."""
    pieces: list[str] = [""]
    for part in parts:
        if part is _MANY:
            pieces.append("")
        else:
            pieces[-1] += re.escape(part) if isinstance(part, str) else "."
    first, *middle = pieces
    last = middle.pop() if middle else None
    inner = "".join(f"(?>.*?{piece})" for piece in middle)
    tail = "" if last is None else f".*{last}"
    return Pattern(rf"(?s)\A{first}{inner}{tail}\Z")


def _leaf(made: Item, view: View, predicate: Predicate, label: str) -> Node:
    if made.field:
        return Leaf(made.field, view, predicate, f"{made.field} {label}")
    return Keyword(view, predicate, label)
