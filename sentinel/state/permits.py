"""The plan's permits and limits for industrial commands: who may write what, and which values."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from sentinel.site import Permit, SitePlan, ValueLimit
from sentinel.state.calendar import expired, within

_RANGE = re.compile(r"^(.*?)(\d+)-(\d+)$")
_REMEMBERED = 1 << 16  # targets and writers
_NUMBERED = re.compile(r"^(.*?)(\d+)$")


class Permits:
    """Permits and limits by their target."""

    def __init__(self, site: SitePlan | None) -> None:
        self._zone = site.time_zone if site else "UTC"
        self._permits: dict[str, list[Permit]] = {}
        self._limits: dict[str, list[ValueLimit]] = {}
        self._roles = {asset.address: asset.role for asset in site.assets} if site else {}
        self._theirs = functools.lru_cache(_REMEMBERED)(self._those)
        for permit in site.permits if site else ():
            self._permits.setdefault(permit.target, []).append(permit)
        for limit in site.limits if site else ():
            self._limits.setdefault(limit.target, []).append(limit)

    def of(self, target: str) -> list[Permit]:
        """The permits for a target: by its address, or by its role in the asset register."""
        return self._permits.get(target, []) + self._permits.get(self._roles.get(target) or "-", [])

    def limits(self, target: str) -> list[ValueLimit]:
        """The limits for its values."""
        return self._limits.get(target, []) + self._limits.get(self._roles.get(target) or "-", [])

    def _those(self, target: str, writers: tuple[str, ...]) -> tuple[Permit, ...]:
        """The permits for a target that are somebody's of `writers`: a plan does not change."""
        there = self.of(target)
        names = tuple(filter(None, writers)) if there else ()
        return tuple([permit for permit in there if any([is_one(permit.writer, name) for name in names])])  # noqa: C419  # cheaper

    def stands(self, target: str, writers: Iterable[str], now: int) -> bool:
        """Somebody of `writers` has a permit for the target now, for whatever it may be."""
        theirs = self._theirs(target, tuple(writers))
        return bool(theirs) and any(
            within(permit.hours, now, self._zone) and not expired(permit.until, now, self._zone) for permit in theirs
        )

    def permitted(
        self,
        permits: Iterable[Permit],
        writers: Iterable[str],
        said: dict[str, str],
        registers: tuple[str, ...],
        now: int,
    ) -> bool:
        """One of the permits covers it; `said` is protocol, unit, function and operation."""
        names = tuple(filter(None, writers))
        return any(
            any(is_one(permit.writer, name) for name in names)
            and permit.protocol in ("", said["protocol"])
            and (not permit.unit or said["unit"] in permit.unit.split())
            and (not permit.functions or bool({said["function"], said["operation"]} & set(permit.functions.split())))
            and (not permit.registers or all(covers(permit.registers, register) for register in registers))
            and within(permit.hours, now, self._zone)
            and not expired(permit.until, now, self._zone)
            for permit in permits
        )


def is_one(writer: str, name: str) -> bool:
    """`writer` is a SUPI, a group, an address, or a network."""
    if writer == name:
        return True
    return _network(writer) is not None and not name.isdecimal() and _inside(writer, name)


@functools.lru_cache(8192)
def _inside(writer: str, name: str) -> bool:
    network = _network(writer)
    try:
        return network is not None and ipaddress.ip_address(name) in network
    except ValueError:
        return False


@functools.lru_cache(8192)
def _network(writer: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(writer)
    except ValueError:
        return None


@functools.lru_cache(8192)
def covers(registers: str, register: str) -> bool:
    """`registers` names the register: `holding_register:10-19`, `coil:5`, or with `*`, several with spaces between."""
    return any(_covers(each, register) for each in registers.split())


def _covers(pattern: str, register: str) -> bool:
    span, numbered = _RANGE.match(pattern), _NUMBERED.match(register)
    if span is not None and numbered is not None and span[1] == numbered[1]:
        return int(span[2]) <= int(numbered[2]) <= int(span[3])
    return fnmatchcase(register, pattern)


def following(registers: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The register of each of `count` values: those named, or those that follow on the one named."""
    if len(registers) >= count or not registers:
        return registers
    numbered = _NUMBERED.match(registers[0])
    if len(registers) > 1 or numbered is None:
        return registers
    return tuple(f"{numbered[1]}{int(numbered[2]) + at}" for at in range(count))
