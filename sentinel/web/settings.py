"""What the console needs to be told; the service reads it from its configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`time_zone` is an IANA name; `language` (`zh-CN`, `en`) is for visitors whose browser asks for neither."""

    site: str = ""
    time_zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
