"""Small rule sets and events for the tests of detection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from sentinel.detection import RuleSet, load_files
from sentinel.model.event import Event, PlainEvent, Value
from sentinel.model.fields import CATALOGUE

MakeRules = Callable[..., RuleSet]
MakeEvent = Callable[..., Event]

ABOUT = """\
title: A thing
description: It happened.
level: high
tags: [fight.fgt5012, attack.t0814]
sentinel:
  title_zh: 某事
  description_zh: 发生了。
  stage: [security_judgement]
  domain: networking
  entity: [source.ip]
logsource: {product: 5g}
"""


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


@pytest.fixture
def make_rules() -> MakeRules:
    """A rule set of one file `a-test-rule`: each text is a document's own part, after what all need."""

    def make(
        *parts: str, placeholders: Mapping[str, Sequence[str]] | None = None, slug: str = "a-test-rule"
    ) -> RuleSet:
        text = "---\n".join(f"id: {_uuid(number)}\n{ABOUT}{part}\n" for number, part in enumerate(parts))
        return load_files({Path(f"{slug}.yml"): text.encode()}, CATALOGUE, placeholders)

    return make


@pytest.fixture
def make_event() -> MakeEvent:
    """An event of a kind at so many seconds."""

    def make(kind: str, at: float = 0, number: int = 0, **fields: Value) -> Event:
        time = 1_700_000_000_000_000_000 + round(at * 1_000_000_000)
        named: dict[str, Value] = {name.replace("__", "."): value for name, value in fields.items()}
        return PlainEvent(kind, time, f"{time:016x}-{number:04}", "test", number, {"event.action": kind, **named})

    return make
