"""What the console needs to be told; the service reads it from its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """How the console presents itself.

    `time_zone` is an IANA name; `language` (`zh-CN`, `en`) is for visitors whose browser asks for neither; `names` says
    what the site plan calls an address (`10.11.2.10`: `amf1`), `roles`
    what stands there (`AMF`); both are empty without a plan.
    """

    site: str = ""
    time_zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    names: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
