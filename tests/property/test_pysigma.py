"""Our reading of Sigma against pySigma's: random rules, parsed by both, judged on random events.

pySigma parses and converts; it does not match. So its tree is judged here, by the definitions of its types, in as few
words as possible and without anything of our engine.
"""

from __future__ import annotations

import ipaddress
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sigma import types
from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.exceptions import SigmaError

from sentinel.detection import RuleSetError, holds, load_sigma
from sentinel.detection.compile import compiled
from sentinel.model.event import Value

Fields = Mapping[str, Value]
LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def judged(node: Any, fields: Fields) -> bool:
    match node:
        case ConditionAND():
            return all(judged(one, fields) for one in node.args)
        case ConditionOR():
            return any(judged(one, fields) for one in node.args)
        case ConditionNOT():
            return not judged(node.args[0], fields)
        case ConditionFieldEqualsValueExpression():
            return item(node.field, node.value, fields)
        case ConditionValueExpression():
            return any(keyword(node.value, one) for value in fields.values() for one in several(value))
    raise AssertionError(node)


def several(value: Value | None) -> tuple[Any, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    return float(str(value)) if re.fullmatch(r"[+-]?\d+(\.\d+)?", str(value), re.ASCII) else None


def item(name: str, wanted: Any, fields: Fields) -> bool:  # one line a type
    found = several(fields.get(name))
    match wanted:
        case types.SigmaExpansion():
            return any(item(name, one, fields) for one in wanted.values)
        case types.SigmaExists():
            return bool(found) == wanted.exists
        case types.SigmaNull():
            return not found
        case types.SigmaFieldReference():
            return any(
                refers(wanted, said(one), said(two)) for one in found for two in several(fields.get(wanted.field))
            )
    return any(scalar(wanted, one) for one in found)


def refers(wanted: Any, one: str, two: str) -> bool:
    one, two = one.translate(LETTERS), two.translate(LETTERS)
    if wanted.starts_with and wanted.ends_with:
        return two in one
    return one.startswith(two) if wanted.starts_with else one.endswith(two) if wanted.ends_with else one == two


def scalar(wanted: Any, seen: object) -> bool:
    match wanted:
        case types.SigmaString():
            return re.fullmatch(pattern(wanted), said(seen), flags(wanted)) is not None
        case types.SigmaNumber() | types.SigmaBool():
            return said(seen).translate(LETTERS) == str(wanted).lower()
        case types.SigmaCompareExpression():
            value = number(seen)
            sign = wanted.op.name
            bound = wanted.number.number
            return value is not None and {
                "LT": value < bound, "LTE": value <= bound, "GT": value > bound, "GTE": value >= bound,
            }[sign]  # fmt: skip
        case types.SigmaRegularExpression():
            given = re.ASCII
            for flag in wanted.flags:
                given |= getattr(re, flag.name)
            return re.search(wanted.regexp.original, said(seen), given) is not None
        case types.SigmaCIDRExpression():
            try:
                return ipaddress.ip_address(said(seen)) in ipaddress.ip_network(wanted.cidr)
            except ValueError:
                return False
    raise AssertionError(wanted)


def keyword(wanted: Any, seen: object) -> bool:
    if isinstance(wanted, types.SigmaString):
        return re.search(pattern(wanted), said(seen), flags(wanted)) is not None
    return scalar(wanted, seen) if isinstance(wanted, types.SigmaRegularExpression) else str(wanted) in said(seen)


def pattern(wanted: types.SigmaString) -> str:
    signs = {types.SpecialChars.WILDCARD_MULTI: ".*", types.SpecialChars.WILDCARD_SINGLE: "."}
    return "".join(re.escape(part) if isinstance(part, str) else signs[part] for part in wanted.s)  # type: ignore[index]


def flags(wanted: types.SigmaString) -> re.RegexFlag:
    cased = isinstance(wanted, types.SigmaCasedString)
    return re.DOTALL | re.ASCII | (re.RegexFlag(0) if cased else re.IGNORECASE)


# Rules and events

NAMES = ("alpha", "beta", "gamma", "address")
WORDS = (
    "cmd", "Cmd.exe", "*.exe", "c?d", r"\*", r"a\\b", r"a\b", "", "5", " -x /y", "-f", "foo bar", "tRuE", "10.0.0.1", "é",
    "K", "a*c*e", "*", "?",
)  # fmt: skip
PLACED = ("", "|contains", "|startswith", "|endswith", "|cased", "|contains|cased", "|neq", "|contains|neq")
ENCODED = (
    "|base64",
    "|base64offset|contains",
    "|wide|base64offset|contains",
    "|utf16le|base64",
    "|utf16be|base64|contains",
)
NETWORKS = ("10.0.0.0/31", "'fe80::/10'", "[10.0.0.0/8, 'fe80::/64']")
REGEXES = ("^c.d", "x+$", "[a-e]{2}", "(foo|bar)", "^$", "CMD")
CONDITIONS = (
    "one", "one and two", "one or not two", "not (one or two)", "1 of them", "all of them", "1 of o*", "not 1 of t*",
    "one and (two or three)", "all of t*", "one or two and three",
)  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def line(chance: random.Random) -> str:
    name = chance.choice(NAMES[:3])
    word, other = quoted(chance.choice(WORDS)), quoted(chance.choice(WORDS))
    kind = chance.randrange(12)
    if kind < 5:
        return f"{name}{chance.choice(PLACED)}: {chance.choice((word, f'[{word}, {other}]'))}"
    if kind == 5:
        return f"{name}|contains|all: [{word}, {other}]"
    if kind == 6:
        return f"{name}{chance.choice(ENCODED)}: {quoted(chance.choice(('cmd', 'foo bar', 'é', 'xy')))}"
    if kind == 7:
        return f"{name}|re{chance.choice(('', '|i', '|m', '|s|i'))}: {quoted(chance.choice(REGEXES))}"
    if kind == 8:
        return f"{name}|{chance.choice(('lt', 'lte', 'gt', 'gte'))}: {chance.choice((0, 5, 5.5, -3))}"
    if kind == 9:
        return f"{name}: {chance.choice(('null', '5', 'true', 'false', '[5, cmd]', '[null, 5]'))}"
    if kind == 10:
        return "address|cidr: " + chance.choice(NETWORKS)
    return chance.choice(
        (
            f"{name}|exists: {chance.choice(('true', 'false'))}",
            f"{name}|fieldref{chance.choice(('', '|startswith', '|endswith', '|contains', '|neq'))}: beta",
            f"{name}|windash{chance.choice(('', '|contains', '|startswith'))}: {quoted(chance.choice((' -x', '-f', 'a -b -c')))}",
        )
    )


def search(chance: random.Random) -> str:
    kind = chance.randrange(6)
    if kind == 0:  # keywords
        return f"[{quoted(chance.choice(WORDS))}, {quoted(chance.choice(('cmd', 'oo b')))}]"
    lines = {line(chance) for _ in range(chance.randrange(1, 3))}
    lines = {one.partition(":")[0]: one for one in lines}.values()  # type: ignore[assignment]  # a field twice is no YAML
    if kind == 1:
        return "".join(f"\n  - {one}" for one in lines)
    return "".join(f"\n    {one}" for one in lines)


def rule(chance: random.Random) -> str:
    return (
        "title: A rule\nlogsource: {product: 5g}\ndetection:\n"
        + "".join(f"  {name}: {search(chance)}\n" for name in ("one", "two", "three"))
        + f"  condition: {chance.choice(CONDITIONS)}\n"
    )


def event(chance: random.Random) -> Fields:
    texts = (
        "cmd", "CMD.EXE", "c:\\cmd.exe", "*", "a\\b", "A\\B", "", "5", "5.5", "true", "/x -y", " -x –y", "a /b ―c", "foo bar",
        "Y21k", "xxZm9vIGJhcg==", "ZgBvAG8AIABiAGEAcgA=", "é", "É", "k", "K", "\u212a", "abcde", "a\nc\ne", "10.0.0.1",
    )  # fmt: skip
    found: dict[str, Value] = {
        name: chance.choice((chance.choice(texts), chance.choice(texts), 5, -3, True, ("cmd", "x"), (5, "foo bar")))
        for name in NAMES[:3]
        if chance.random() < 0.8
    }
    if chance.random() < 0.8:
        found["address"] = chance.choice(("10.0.0.1", "10.0.0.2", "fe80::1", "nowhere"))
    return found


def theirs(text: str) -> Any:
    parsed: Any = SigmaCollection.from_yaml(text).rules[0]
    return parsed.detection.parsed_condition[0].parsed


@pytest.mark.parametrize("seed", range(8))
def test_both_read_the_same(seed: int) -> None:
    chance = random.Random(seed)
    events = [event(chance) for _ in range(60)]
    judgements = 0
    for _ in range(150):
        text = rule(chance)
        try:
            tree = theirs(text)
        except SigmaError:
            continue  # what they refuse is another test's
        ours = load_sigma({Path("a-rule.yml"): text.encode()}).rules[0].condition
        matcher = compiled(ours, "a rule")
        for fields in events:
            expected = judged(tree, fields)
            assert (holds(ours, fields), matcher(fields, fields.get)) == (expected, expected), (text, fields)
            judgements += expected
    assert judgements > 500


@pytest.mark.parametrize(
    "detection",
    [
        "{a: {f|nothing: 1}, condition: a}",
        "{a: {f|re: '('}, condition: a}",
        "{a: {f|cidr: 10.0.0.1/8}, condition: a}",
        "{a: {f: 1}, condition: b}",
        "{a: {f|exists: maybe}, condition: a}",
        "{a: {f|base64: 'x*y'}, condition: a}",
    ],
)
def test_both_refuse_the_same(detection: str) -> None:
    text = f"title: A rule\nlogsource: {{product: 5g}}\ndetection: {detection}\n"
    with pytest.raises(SigmaError):
        theirs(text)
    with pytest.raises(RuleSetError):
        load_sigma({Path("a-rule.yml"): text.encode()})
