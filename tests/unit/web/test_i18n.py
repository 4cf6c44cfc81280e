"""Every message of the console has its Chinese, and times and numbers are written as readers expect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from sentinel.errors import ConfigError
from sentinel.web.i18n import Translator, catalogue, choose_language, zone

ROOT = Path(__file__).parents[3]
_ERRORS = (
    "AccountError",
    "AuthenticationError",
    "AuthorizationError",
    "ConflictError",
    "TooManyAttemptsError",
    "TriageError",
)
_KEYWORDS = {**DEFAULT_KEYWORDS, "plural": (1, 2), "self": None, **dict.fromkeys(_ERRORS)}
# The messages of errors that a person meets on a page are messages too.
_SOURCES = (
    ("sentinel/web", "**.html", "jinja2.ext.babel_extract"),
    ("sentinel/web", "**.py", "python"),
    ("sentinel/access", "**.py", "python"),
    ("sentinel/accounts", "**.py", "python"),
    ("sentinel/operations", "**.py", "python"),
    ("sentinel/crypto", "password.py", "python"),
    ("sentinel/model", "triage.py", "python"),
)

Message = str | tuple[str, ...]


def messages() -> Iterator[tuple[str, Message]]:
    """(place, message) of every message in templates and code."""
    for folder, pattern, method in _SOURCES:
        options = {pattern: {"trim_blocks": "true", "lstrip_blocks": "true"}}
        for name, line, message, _, _ in extract_from_dir(ROOT / folder, [(pattern, method)], options, _KEYWORDS):
            yield f"{folder}/{name}:{line}", message


def _form(message: Message | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def test_every_message_is_translated() -> None:
    """Add what is missing to the `.po`; it is read at start-up, nothing is compiled."""
    chinese = catalogue("zh-CN")
    assert chinese is not None
    found = {_form(message): place for place, message in messages()}
    assert len(found) > 250
    missing = [f"{place}: {text}" for text, place in found.items() if text not in chinese or not chinese[text].string]
    assert missing == []
    assert [entry.id for entry in chinese if entry.id and _form(entry.id) not in found] == []


def test_translations_keep_their_values() -> None:
    """What stands for a number or a name is in both."""
    for entry in catalogue("zh-CN") or ():
        texts = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        for text in texts:
            assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", _form(entry.id))), entry.id


def test_templates_hold_no_text_of_their_own() -> None:
    """Every word on a page goes through the catalogue; names of standards need none."""
    for path in (ROOT / "sentinel/web/templates").glob("*.html"):
        bare = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", "", path.read_text())
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", " ", bare, flags=re.DOTALL)
        bare = re.sub(r"<(code|kbd|title)[^>]*>.*?</\1>", " ", bare, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", bare)))
        assert words <= {"SUPI", "SM", "Ctrl", "DOCTYPE"}, path.name


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("en-GB,en;q=0.9", "en"), ("fr,en;q=0.3,zh;q=0.7", "zh-CN"), ("fr", "zh-CN"),
     ("", "zh-CN"), ("en;q=x", "en")],
)  # fmt: skip
def test_negotiation(wishes: str, expected: str) -> None:
    """What the browser likes best of what there is."""
    assert choose_language(wishes, "zh-CN") == expected


def test_times_and_numbers() -> None:
    """In the zone, with UTC on hover; durations and shares in words."""
    english, chinese = Translator("en", zone("Asia/Shanghai")), Translator("zh-CN", zone("UTC"))
    time = 1_790_000_000_123_456_789
    assert english.moment(time) == (
        '<time datetime="2026-09-21T14:13:20.123456789Z" title="2026-09-21 14:13:20.123 UTC">2026-09-21 22:13:20.123</time>'
    )
    assert "1970-01-01" in chinese.moment(2**70)
    assert english.ago(0, 7200 * 10**9) == "2 h ago"
    assert chinese.ago(0, 59 * 10**9) == "刚刚"
    assert [english.lasting(n * 10**9) for n in (0, 59, 61, 7260, 90000)] == [
        "0 ms",
        "59 s",
        "1 min 1 s",
        "2 h 1 min",
        "1 d 1 h",
    ]
    assert english.lasting(7260 * 10**9, units=1) == "2 h"
    assert [english.percent(share) for share in (0, 0.5, 0.99999, 1)] == ["0%", "50%", "99.9%", "100%"]
    assert english.plural("%(n)s alert", "%(n)s alerts", 1) == "1 alert"
    assert english.plural("%(n)s alert", "%(n)s alerts", 1200) == "1,200 alerts"
    assert chinese.plural("%(n)s alert", "%(n)s alerts", 2) == "2 条告警"
    with pytest.raises(ConfigError):
        zone("Mars/Olympus")
