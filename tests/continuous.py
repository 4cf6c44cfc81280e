"""Access that goes on: a decider over a log of facts that tests write as the worker would, and a point that records."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sentinel.access.administration.orders import Order
from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.enforcement.base import EnforcementPoint
from sentinel.evidence.ring import Ring
from sentinel.model.access import Resource
from sentinel.model.enforcement import Command, Outcome, Verb
from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.operations.doors import Deciding
from sentinel.site import Enforcement, SitePlan
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.store.facts import FactLog
from tests.auditing import Kept
from tests.deciding import AGV, PLC, SITE, Past, alert, published
from tests.policies import MODEL

GATEWAY = "999700000000002"  # the register calls it critical
ENFORCING = SITE.model_copy(update={"enforcement": Enforcement(ot="enforce", silence=0.5)})
PEIS = {row.supi: row.imei for row in SITE.terminals}


class Recording(EnforcementPoint):
    """Does nothing, and remembers what it was told, and when."""

    kind = "recording"
    verbs = frozenset(Verb)

    def __init__(self, name: str = "gw") -> None:
        super().__init__(name)
        self.applied: list[tuple[int, Command]] = []
        self.undone: list[Command] = []
        self.fails = self.holds = False  # what it is told, and what it is to let go of

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        self.applied += [(self._clock(), command) for command in commands]
        return [self.failed(each, "no route") if self.fails else self.acked(each) for each in commands]

    def _undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        self.undone += commands
        return [self.failed(each, "no way back") if self.holds else self.acked(each) for each in commands]

    @property
    def commands(self) -> list[Command]:
        """What it was told."""
        return [command for _, command in self.applied]


@dataclass
class Rig:
    """All of it; the example policy is in force."""

    folder: Path
    site: SitePlan = ENFORCING
    kept: Kept = field(default_factory=Kept)
    ring: Ring = field(default_factory=Ring)

    def __post_init__(self) -> None:
        self.point = Recording()
        self.store = SqliteStore(self.folder / "events.db")
        self.control = ControlDatabase(f"sqlite:///{self.folder / 'control.db'}", self.kept)
        self.log = FactLog(self.folder / "facts.db")
        self.access = published(self._opened())
        self._refs = itertools.count(1)
        self.tell(Told(Kind.WORKER, "worker", time.time_ns(), {"since": 1}))

    def _opened(self) -> Deciding:
        return Deciding.over(
            self.site, self.store, self.control, Past(()), MODEL, self.log, ring=self.ring, told=lambda: [self.point]
        )

    def again(self) -> None:
        """As after a restart of the door."""
        self.access.following.write()
        self.access.close()
        self.access = self._opened()

    def tell(self, *told: Told) -> None:
        """Tell facts, and have them heard."""
        self.log.tell(told)
        self.access.following.hear()

    def session(self, supi: str = AGV, address: str = "10.45.1.11", **changed: Value) -> Told:
        """A session as the worker tells of it."""
        now = time.time_ns()
        fields: dict[str, Value] = {
            "fiveg.supi": supi, "fiveg.pei": PEIS.get(supi, ""), "fiveg.dnn": "ot", "fiveg.snssai.sst": 2,
            "fiveg.snssai.sd": "0000a1", "fiveg.pdu_session.id": 1, "addresses": (address,), "since": now - 10**9,
            "seid": "10.11.4.20/0x0000000000000001", "uplink": "10.11.3.20/0x00000001",
            "downlink": "10.11.3.101/0x00000002", "qfis": (1,), "gnb": "10.11.2.101", "revised": now,
        }  # fmt: skip
        return Told(Kind.SESSION, f"s{next(self._refs)}", now, {**fields, **changed})

    def begun(self, supi: str = AGV, address: str = "10.45.1.11", **changed: Value) -> Told:
        """A session that has begun, with its terminal in its cell."""
        told = self.session(supi, address, **changed)
        place: dict[str, Value] = {
            "fiveg.supi": supi,
            "fiveg.nci": "0x000000011",
            "fiveg.tac": "1",
            "since": told.time - 10**9,
        }
        self.tell(told, Told(Kind.PLACE, f"p{told.key}", told.time, place))
        return told

    def over(self, told: Told) -> None:
        """That session has ended."""
        self.tell(replace(told, time=time.time_ns(), over=True))

    def ask(
        self, supi: str = AGV, action: str = "modbus:write", resource: Resource = PLC, point: str = "proxy"
    ) -> Answer:
        """Ask for something now."""
        return self.access.decider.decide(Asked(resource, action, time.time_ns(), supi), point)

    def alarm(self, name: str = "a1", supi: str = AGV) -> None:
        """An alert that takes half of the trust."""
        self.store.add([], [alert(name, supi, time.time_ns())], [])
        self.tell(Told(Kind.ALERT, name, time.time_ns()))

    def orders(self) -> list[Order]:
        """All orders, the oldest first."""
        return list(self.access.administrator.ordering.orders.everyone())[::-1]

    def settled(self, reached: Callable[[], bool], seconds: float = 5) -> bool:
        """Wait until something has come about."""
        end = time.monotonic() + seconds
        while not reached() and time.monotonic() < end:
            time.sleep(0.005)
        return reached()

    def close(self) -> None:
        """Let go of everything."""
        self.access.close()
        self.log.close()
        self.store.close()
        self.control.close()
