"""A check of the installation, and what it finds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import sentinel.doctor
from sentinel.config import CLASSIC, Config
from sentinel.crypto.base import Settings
from sentinel.plugins import discover


class State(StrEnum):
    """How it is: as it should be, lacking something, or not to be used."""

    GOOD = "good"
    LACKING = "lacking"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; errors are told as they are, in English."""

    what: str
    state: State
    text: str
    text_zh: str = ""

    def told(self, language: str) -> str:
        """The text in this language."""
        return self.text_zh if self.text_zh and language.startswith("zh") else self.text


@dataclass(frozen=True, slots=True)
class Patient:
    """The installation that is looked at."""

    data: Path
    crypto: Settings
    tls_suites: str = CLASSIC  # with collectors
    rules: Path | None = None  # those that came along where none is named
    site: Path | None = None
    store: Mapping[str, Any] = field(default_factory=dict)  # settings of the store, for a `Config`

    @property
    def control(self) -> str:
        """Where its control data is, as a URL; empty where no service ever ran."""
        config = Config(data=self.data, rules=self.data).located()
        return config.control_database if config.control or (self.data / "control.db").is_file() else ""


class Check(ABC):
    """Looks at one part of an installation and changes nothing."""

    rank: ClassVar[int]  # the order in which they are told

    @abstractmethod
    def findings(self, patient: Patient) -> Iterable[Finding]:
        """What it finds; it does not raise for what is wrong there."""


def examine(patient: Patient) -> list[Finding]:
    """The findings of all checks."""
    checks = sorted((kind() for kind in discover(sentinel.doctor, Check)), key=lambda check: check.rank)  # type: ignore[type-abstract]  # discover gives concrete ones
    return [finding for check in checks for finding in check.findings(patient)]
