"""What is allowed and yet worth saying of a rule: that it is not portable, not tagged, or its filter has expired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sentinel.detection.rule import Correlation, Rule, RuleSet
from sentinel.detection.tree import asks
from sentinel.detection.views import TIME


class Concern(StrEnum):
    """What a note is about."""

    EXPIRED = "expired"  # a filter that suppresses nothing any more
    PORTABLE = "portable"  # other tools read the rule differently, or not at all
    TAGS = "tags"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a document, in both languages."""

    concern: Concern
    path: Path
    line: int
    en: str
    zh: str


def lint(rules: RuleSet, now: int) -> list[Note]:
    """What there is to say of a rule set at a moment (ns)."""
    notes = [*_expired(rules, now)]
    for one in rules.documents:
        notes += _portable(one)
        if one.alerts:
            notes += _tags(one)
    for one in rules.correlations:
        notes += _chain(rules, one)
    return sorted(notes, key=lambda note: (str(note.path), note.line, note.concern))


def _expired(rules: RuleSet, now: int) -> Iterator[Note]:
    for one in rules.suppressions:
        if one.expires <= now:
            day = f"{datetime.fromtimestamp(one.expires // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
            en = f"filter `{one.title}` of {one.owner} expired at {day} and suppresses nothing any more ({one.reason})"
            zh = f"过滤器“{one.title}”（{one.owner}）已于{day}过期，不再抑制任何告警（{one.reason}）"
            yield Note(Concern.EXPIRED, one.path, one.line, en, zh)


def _portable(one: Rule | Correlation) -> Iterator[Note]:
    own = []
    if one.first_seen is not None:
        own.append("first_seen")
    if isinstance(one, Correlation) and one.absence:
        own.append("absence")
    if isinstance(one, Rule) and asks(one.condition, TIME):
        own.append(TIME)
    if own:
        names = ", ".join(f"`{name}`" for name in own)
        en, zh = f"not portable: {names} is ours", f"不可移植：{names}为本产品扩展"
        yield Note(Concern.PORTABLE, one.path, one.line, en, zh)
    if isinstance(one, Correlation) and len(one.threshold.bounds) > 1:
        en = "not portable: pySigma takes one bound in a condition, not a range"
        yield Note(Concern.PORTABLE, one.path, one.line, en, "不可移植：pySigma的条件只接受一个界限，不接受区间")
    if isinstance(one, Correlation) and len(set(one.positions)) < len(one.members):
        en = "not portable: a slug stands for all rules of its file"
        yield Note(Concern.PORTABLE, one.path, one.line, en, "不可移植：以文件名代表其中全部规则")


def _tags(one: Rule | Correlation) -> Iterator[Note]:
    if not any(tag.startswith(("fight.", "attack.t")) for tag in one.ref.tags):
        en, zh = "no technique: expected a tag `fight.fgt…` or `attack.t…`", "缺少技术标签`fight.fgt…`或`attack.t…`"
        yield Note(Concern.TAGS, one.path, one.line, en, zh)


def _chain(rules: RuleSet, one: Correlation) -> Iterator[Note]:
    """A chain that is less loud than what it is made of hides it."""
    known = {each.key: each for each in rules.documents}
    others = [known[key] for key in one.members if known[key].alerts and known[key].ref.slug != one.ref.slug]
    loudest = max((each.ref.severity.rank for each in others), default=0)
    if one.alerts and loudest > one.ref.severity.rank:
        en = f"level `{one.ref.severity}` is lower than that of a member of the chain"
        yield Note(Concern.CHAIN, one.path, one.line, en, f"级别`{one.ref.severity}`低于链中成员的级别")
