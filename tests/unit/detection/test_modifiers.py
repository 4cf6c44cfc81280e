"""Every modifier: what matches, what does not, and what is refused; interpreter and compiled code alike."""

from __future__ import annotations

import base64

import pytest

from sentinel.detection.compile import compiled
from sentinel.detection.interpret import holds
from sentinel.detection.modifiers import ModifierError, item
from sentinel.detection.source import Plain
from sentinel.model.event import Value
from sentinel.model.fields import CATALOGUE

NAME, IP, PORT = "fiveg.gnb.name", "source.ip", "source.port"
HALF = base64.b64encode(b"..evil stuff..").decode()


@pytest.mark.parametrize(
    ("key", "values", "yes", "no"),
    [
        (NAME, ["gNB1"], "GNB1", "gnb2"),
        (NAME, ["a", "B"], "b", "c"),
        (NAME, ["gnb*"], "GNB", "xgnb"),
        (NAME, ["g?b"], "gnb", "gb"),
        (NAME, ["a*b?d*e"], "axxbcdxe", "axxbde"),
        (NAME, ["a*b*c"], "abbc", "acb"),
        (NAME, [r"a\*"], "A*", "ab"),
        (NAME, [r"a\\*"], "a\\b", "a*"),
        (NAME, [r"a\b"], "a\\b", "ab"),
        (NAME, ["*"], "", None),
        (NAME, [""], "", "x"),
        (NAME, [None], None, "x"),
        (NAME, [5], "5", "6"),
        (PORT, ["5"], 5, 6),
        (PORT, [5], 5.0, True),
        ("fiveg.nas.ciphered", [True], True, False),
        ("fiveg.plmn", ["00101"], ("99970", "00101"), ("99970",)),
        (f"{NAME}|startswith", ["Ab"], "aBc", "cab"),
        (f"{NAME}|endswith", ["Ab"], "cAB", "abc"),
        (f"{NAME}|contains", ["Ab"], "cABc", "acb"),
        (f"{NAME}|contains", ["a*b"], "xaxbx", "xbxa"),
        (f"{NAME}|contains|all", ["a", "b"], "xbxa", "xa"),
        (f"{NAME}|cased", ["Ab"], "Ab", "ab"),
        (f"{NAME}|startswith|cased", ["A"], "Ab", "ab"),
        (f"{NAME}|neq", ["a"], "b", "A"),
        (f"{NAME}|neq", ["a", "b"], None, "b"),
        (f"{PORT}|neq", [5], 6, "5"),
        (f"{NAME}|exists", [True], "", None),
        (f"{NAME}|exists", [False], (), "x"),
        (f"{NAME}|re", ["^a[0-9]+"], "a1", "A1"),
        (f"{NAME}|re|i", ["^a.c$"], "ABC", "A\nC"),
        (f"{NAME}|re|s", ["^a.c$"], "a\nc", "ac"),
        (f"{NAME}|re|m", ["^b$"], "a\nb", "ab"),
        (f"{NAME}|re|i", ["k"], "K", "\u212a"),
        (f"{NAME}|windash", [" -x"], " /x", " +x"),
        (f"{NAME}|base64", ["evil"], base64.b64encode(b"evil").decode(), "evil"),
        (f"{NAME}|base64offset|contains", ["evil stuff"], HALF, base64.b64encode(b"good stuff").decode()),
        (f"{NAME}|wide|base64", ["ab"], base64.b64encode("ab".encode("utf-16-le")).decode(), "YWI="),
        (f"{NAME}|utf16be|base64", ["ab"], base64.b64encode("ab".encode("utf-16-be")).decode(), "YWI="),
        (f"{NAME}|utf16|base64", ["ab"], base64.b64encode(b"\xff\xfea\0b\0").decode(), "YWI="),
        (f"{NAME}|utf16le", ["ab"], "a\0b\0", "ab"),
        (f"{PORT}|lt", [5], 4, 5),
        (f"{PORT}|lte", [5], "5", 6),
        (f"{PORT}|gt", [5], 5.5, 5),
        (f"{PORT}|gte", [5], (1, 5), (1, 4)),
        ("fiveg.pfcp.recovery_time|hour", [4], 1_795_233_931, 1_795_233_931 + 3600),
        ("fiveg.pfcp.recovery_time|year|gte", [2026], 1_795_233_931, 0),
        (f"{IP}|cidr", ["10.0.0.0/8", "2001:db8::/32"], "::ffff:10.1.2.3", "11.0.0.1"),
        (f"{IP}|cidr", ["2001:db8::/32"], "2001:db8::9", "10.0.0.1"),
        (IP, ["10.0.0.1"], "::FFFF:10.0.0.1", "10.0.0.2"),
        (IP, ["2001:DB8::1"], "2001:db8:0:0::1", "2001:db8::2"),
        (f"{IP}|startswith", ["10.0."], "::ffff:10.0.0.1", "10.1.0.1"),
        ("fiveg.pdu_session.ue_ip|cidr", ["10.45.0.0/16"], ("10.9.9.9", "10.45.0.2"), ("10.9.9.9",)),
        (f"{NAME}|expand", ["%gnbs%-1"], "B-1", "c-1"),
        (f"{NAME}|expand", [r"\%gnbs%"], "%gnbs%", "a"),
    ],
)
def test_matches(key: str, values: list[Plain], yes: Value | None, no: Value | None) -> None:
    node = item(key, values, CATALOGUE, {"gnbs": ["a", "b"]})
    run = compiled(node, "test")
    name = key.partition("|")[0]
    for value, expected in ((yes, True), (no, False)):
        fields = {} if value is None else {name: value}
        assert (holds(node, fields), run(fields, fields.get)) == (expected, expected), value


@pytest.mark.parametrize(
    ("key", "one", "other", "expected"),
    [
        ("source.ip|fieldref", "10.0.0.1", "::ffff:10.0.0.1", True),
        ("source.ip|fieldref", "10.0.0.1", "10.0.0.2", False),
        ("source.ip|fieldref", "10.0.0.1", None, False),
        ("source.ip|fieldref|neq", "10.0.0.1", "10.0.0.2", True),
        ("source.ip|fieldref|startswith", "10.0.0.12", "10.0.0.1", True),
    ],
)
def test_field_references(key: str, one: str, other: str | None, expected: bool) -> None:
    node = item(key, ["destination.ip"], CATALOGUE, {})
    fields: dict[str, Value] = {"source.ip": one, **({} if other is None else {"destination.ip": other})}
    assert holds(node, fields) is compiled(node, "test")(fields, fields.get) is expected


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [("", ["EVIL"], True), ("|all", ["evil", "80"], True), ("|all", ["evil", "81"], False), ("|re", ["^an e"], True)],
)
def test_keywords_search_every_field(key: str, values: list[Plain], expected: bool) -> None:
    node = item(key, values, CATALOGUE, {})
    fields: dict[str, Value] = {"fiveg.gnb.name": ("x", "an evil one"), "source.port": 8080}
    assert holds(node, fields) is compiled(node, "test")(fields, fields.get) is expected


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        (f"{NAME}|like", ["a"], "unknown modifier `like`"),
        ("no.such", ["a"], "unknown field `no.such`"),
        (f"{NAME}|all", ["a"], "`all` needs a list"),
        (NAME, [], "at least one value"),
        (f"{NAME}|contains|contains", ["a"], "twice"),
        (f"{NAME}|contains|re", ["a"], "exclude each other"),
        (f"{NAME}|i", ["a"], "need `re`"),
        (f"{NAME}|re|base64", ["a"], "plain strings"),
        (f"{NAME}|re", ["(?=a)"], "look-around"),
        (f"{NAME}|exists", ["yes"], "true or false"),
        (f"{NAME}|contains", [None], "null goes with"),
        (f"{PORT}|gt", ["five"], "expected a number"),
        (f"{PORT}|gt", [True], "expected a number"),
        (f"{PORT}|cidr", ["10.0.0.0/8"], "holds no addresses"),
        (f"{IP}|cidr", ["10.0.0.1/8"], "no network"),
        (IP, ["amf1"], "no address"),
        (f"{NAME}|base64", ["a*"], "wildcards"),
        (f"{NAME}|base64", [5], "expected a string"),
        (f"{NAME}|expand", ["%no%"], "placeholder `%no%` has no values"),
        (f"{NAME}|windash", [" -a -b -c -d -e"], "more than 1024"),
        (f"{NAME}|fieldref", ["no.such"], "unknown field"),
        (f"{NAME}|fieldref|gt", ["source.ip"], "goes with"),
        (f"{NAME}|hour|contains", [1], "one time part"),
        ("|endswith", ["a"], "keyword search"),
    ],
)
def test_refused(key: str, values: list[Plain], message: str) -> None:
    with pytest.raises(ModifierError) as caught:
        item(key, values, CATALOGUE, {})
    assert message in str(caught.value)


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
@pytest.mark.parametrize("text", ["evil", "evils", "eviler"])
def test_base64offset_is_found_at_any_offset(before: int, after: int, text: str) -> None:
    node = item(f"{NAME}|base64offset|contains|cased", [text], CATALOGUE, {})
    assert holds(node, {NAME: base64.b64encode(b"x" * before + text.encode() + b"y" * after).decode()})


def test_wildcards_do_not_run_away() -> None:
    node = item(NAME, ["*a*a*a*a*a*a*a*a*a*b"], CATALOGUE, {})
    assert not holds(node, {NAME: "a" * 5000})
