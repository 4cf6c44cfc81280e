"""Which enforcement points an installation has: their kind, where they are, and their secrets, which are sealed.

Some ask with a token of their own (`sentinel.accounts.points`), and gateways with nftables follow the feed by it; the others
are told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from sentinel.enforcement.base import EnforcementPoint
from sentinel.enforcement.points.radius import KEYS, PORT, Radius
from sentinel.enforcement.points.webhook import Webhook
from sentinel.errors import ConfigError, SentinelError
from sentinel.keys.register import Purpose
from sentinel.keys.vault import Vault
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PointSettings

_LOG = logging.getLogger(__name__)


class Kind(StrEnum):
    """What an enforcement point is."""

    AUTHZEN = "authzen"
    DN_AAA = "dn-aaa"
    HTTP = "http"
    ENVOY = "envoy"
    NFTABLES = "nftables"
    RADIUS = "radius"
    WEBHOOK = "webhook"

    @property
    def asks(self) -> bool:
        """Whether it comes with a token."""
        return self not in {Kind.RADIUS, Kind.WEBHOOK}


@dataclass(frozen=True, slots=True)
class Registered:
    """An enforcement point as it was registered."""

    name: str
    kind: Kind
    address: str = ""
    keys: str = ""  # how an SMF has its sessions named
    ca: str = ""  # a file with the authority behind a webhook's certificate


class _Settings(NamedTuple):
    """All that makes a point what it is."""

    point: Registered
    sealed: bytes
    created: float


class Registry:
    """Over a control database. `vault` seals secrets; it is asked only where there is one."""

    def __init__(self, control: ControlDatabase, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._control, self._vault, self._clock = control, vault, clock
        self._ready: Mapping[_Settings, EnforcementPoint | None] = {}

    def add(self, point: Registered, secret: bytes, *, by: str) -> None:
        """Register one that is new, or was removed; raises `ConfigError` where it could not be used."""
        if point.kind.asks and (point.address or secret or point.keys or point.ca):
            raise ConfigError(f"a point of kind `{point.kind}` comes with a token; expected no address and no secret")
        if not point.kind.asks:
            _checked(point, secret, self._vault)
        sealed = self._vault.seal(point.name, secret) if secret else b""
        with self._control.begin() as session:
            row = session.get(PointSettings, point.name)
            if row is not None and row.active:
                raise ConfigError(f"there already is an enforcement point `{point.name}`; remove it first")
            session.merge(PointSettings(
                name=point.name, kind=point.kind, address=point.address, keys=point.keys, ca=point.ca, sealed=sealed,
                active=True, created=self._clock(),
            ))  # fmt: skip
            session.tell(
                Act(Action.POINT_ADDED, by, point.name, details={"kind": point.kind, "address": point.address})
            )

    def remove(self, name: str, *, by: str) -> Registered:
        """Forget one, and its secret; what it was told ends by itself."""
        with self._control.begin() as session:
            row = session.get(PointSettings, name)
            if row is None or not row.active:
                raise ConfigError(f"there is no enforcement point `{name}`")
            row.active, row.sealed = False, b""
            session.tell(Act(Action.POINT_REMOVED, by, name, details={"kind": row.kind}))
            return _registered(row)

    def everyone(self) -> Sequence[Registered]:
        """All that are registered, by name."""
        return registered(self._control)

    def points(self) -> Sequence[EnforcementPoint]:
        """Those that are told, ready, and the same as before where nothing of them has changed.

        One whose secret does not open is left out, and said once.
        """
        rows = {_settings(row): row for row in _rows(self._control) if not Kind(row.kind).asks}
        self._ready = {
            each: self._ready[each] if each in self._ready else self._opened(row) for each, row in rows.items()
        }
        return [point for point in self._ready.values() if point is not None]

    def _opened(self, row: PointSettings) -> EnforcementPoint | None:
        point = _registered(row)
        try:
            return _made(point, self._vault.open(point.name, row.sealed), self._vault)
        except SentinelError as error:
            _LOG.error("the enforcement point `%s` cannot be told anything: %s", point.name, error)
            return None

    def reseal(self, actor: str) -> int:
        """Seal all secrets anew with the key that is active; how many there are."""
        with self._control.begin() as session:
            rows = session.scalars(select(PointSettings).where(PointSettings.active, PointSettings.sealed != b"")).all()
            for row in rows:
                row.sealed = self._vault.seal(row.name, self._vault.open(row.name, row.sealed))
            if rows:
                session.tell(Act(Action.KEY_CHANGED, actor, Purpose.POINT, details={"step": "resealed"}))
        return len(rows)


def registered(control: ControlDatabase) -> Sequence[Registered]:
    """All that are registered, by name; without their secrets."""
    return [_registered(row) for row in _rows(control)]


def _rows(control: ControlDatabase) -> Sequence[PointSettings]:
    with control.begin() as session:
        return session.scalars(select(PointSettings).where(PointSettings.active).order_by(PointSettings.name)).all()


def _registered(row: PointSettings) -> Registered:
    return Registered(row.name, Kind(row.kind), row.address, row.keys, row.ca)


def _settings(row: PointSettings) -> _Settings:
    return _Settings(_registered(row), row.sealed, row.created)


def _checked(point: Registered, secret: bytes, vault: Vault) -> None:
    if not point.address or not secret:
        raise ConfigError(f"a point of kind `{point.kind}` needs --address and --secret-file")
    _made(point, secret, vault).close()


def _made(point: Registered, secret: bytes, vault: Vault) -> EnforcementPoint:
    making: Mapping[Kind, Callable[[], EnforcementPoint]] = {
        Kind.RADIUS: lambda: Radius(point.name, _address(point.address), secret, point.keys or next(iter(KEYS))),
        Kind.WEBHOOK: lambda: Webhook(
            point.name, point.address, secret, vault.suite, Path(point.ca) if point.ca else None
        ),
    }
    return making[point.kind]()


def _address(text: str) -> tuple[str, int]:
    """`HOST`, `HOST:PORT` or `[IPv6]:PORT`."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text.strip("[]"), PORT
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise ConfigError(f"`{text}` is not the address of an SMF; write HOST or HOST:PORT")
    return host.strip("[]"), int(port)
