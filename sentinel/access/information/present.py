"""What is so now, folded from the log of facts: who has which session and address, and is in which place.

So a decision asks nobody, and goes on while the worker is down; since when nothing was heard is known (`heard`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sentinel.access.information.kept import drop
from sentinel.model.enforcement import Binding
from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.state import telling
from sentinel.state.history import Held

_ABOUT = ("fiveg.supi", "fiveg.pei", "fiveg.dnn", "fiveg.snssai.sst", "fiveg.snssai.sd", "fiveg.pdu_session.id")


@dataclass(frozen=True, slots=True)
class Standing:
    """A session that lasts."""

    ref: str
    supi: str
    since: int
    addresses: tuple[str, ...]
    facts: Mapping[str, Value]
    binding: Binding  # with its first address

    @property
    def slice(self) -> str:
        """Its S-NSSAI, as policies write it."""
        sst, sd = self.facts.get("fiveg.snssai.sst"), self.facts.get("fiveg.snssai.sd")
        return "" if sst is None else f"{sst}-{str(sd).lower()}" if sd else str(sst)

    def held(self) -> Iterable[Held]:
        """What it gives its terminal."""
        return (Held("address", address, self.since, None, self.ref, self.facts) for address in self.addresses)


class Present:
    """A `Past` that knows only now; `take` folds facts in. Safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Standing] = {}
        self._places: dict[str, Held] = {}
        self._of: dict[str, dict[str, Standing | Held]] = {}  # by SUPI, by key
        self._at: dict[str, dict[str, Standing]] = {}  # by address, by key
        self._held: dict[str, Sequence[Held]] = {}  # by SUPI, of those who were asked about since it changed
        self.heard = 0  # when the worker was last heard of
        self.since = 0  # when it began

    def take(self, told: Told) -> str:
        """Fold in a fact; the SUPI of the terminal that it is about, if it is about one."""
        with self._lock:
            match told.kind:
                case Kind.SESSION:
                    return self._session(told)
                case Kind.PLACE:
                    return self._place(told)
                case Kind.WORKER:
                    self.heard, self.since = told.time, int(str(told.fields.get("since", 0)))
        return ""

    def _session(self, told: Told) -> str:
        standing = None if told.over else _standing(told)  # first: one that cannot be read takes nothing away
        self._forget(self._sessions.pop(told.key, None), told.key)
        supi = str(told.fields.get("fiveg.supi", ""))
        self._held.pop(supi, None)
        if standing is not None:
            self._sessions[told.key] = standing
            self._of.setdefault(supi, {})[told.key] = standing
            for address in standing.addresses:
                self._at.setdefault(address, {})[told.key] = standing
        return supi

    def _place(self, told: Told) -> str:
        supi = str(told.fields.get("fiveg.supi", ""))
        before = self._places.pop(told.key, None)
        self._held.pop(supi, None)
        if before is not None:
            self._held.pop(before.holder, None)
            drop(self._of, before.holder, told.key)
        if not told.over:
            held = Held("context", told.key, int(str(told.fields[telling.SINCE])), None, supi, dict(told.fields))
            self._places[told.key] = self._of.setdefault(supi, {})[told.key] = held
        return supi

    def _forget(self, before: Standing | None, key: str) -> None:
        if before is not None:
            self._held.pop(before.supi, None)
            drop(self._of, before.supi, key)
            for address in before.addresses:
                drop(self._at, address, key)

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        """See `Past.holders`; of addresses only."""
        with self._lock:
            found = list(self._at.get(key, {}).values()) if kind == "address" else []
        return [held for each in found for held in each.held() if held.key == key and held.since <= at]

    def holdings(self, supi: str, since: int, until: int, most: int = 2**31) -> list[Held]:  # noqa: ARG002  # there is no past here
        """See `Past.holdings`."""
        with self._lock:
            found, mine = self._held.get(supi), self._of.get(supi)
            if found is None and mine:
                several = [each.held() if isinstance(each, Standing) else (each,) for each in mine.values()]
                found = self._held[supi] = [held for each in several for held in each]
        return [held for held in found or () if held.since < until][:most]

    def sessions(self, supi: str) -> Sequence[Standing]:
        """The sessions of a terminal."""
        with self._lock:
            return [each for each in self._of.get(supi, {}).values() if isinstance(each, Standing)]

    def at(self, address: str) -> Sequence[Standing]:
        """The sessions that have an address."""
        with self._lock:
            return list(self._at.get(address, {}).values())

    def session(self, ref: str) -> Standing | None:
        """A session by its name."""
        return self._sessions.get(ref)

    def everyone(self) -> Sequence[Standing]:
        """All sessions."""
        with self._lock:
            return list(self._sessions.values())


def _standing(told: Told) -> Standing:
    fields = told.fields
    facts = {name: fields[name] for name in _ABOUT if name in fields}
    addresses = tuple(str(each) for each in _several(fields.get(telling.ADDRESSES)))
    psi = str(fields.get("fiveg.pdu_session.id", ""))
    qfis = _several(fields.get(telling.QFIS))
    supi = str(fields.get("fiveg.supi", ""))
    seid, uplink, downlink, gnb = (
        str(fields.get(name, "")) for name in (telling.SEID, telling.UPLINK, telling.DOWNLINK, telling.GNB)
    )
    binding = Binding(
        supi, int(psi) if psi.isdecimal() else -1, seid, uplink, downlink, int(str(qfis[0])) if qfis else -1,
        addresses[0] if addresses else "", gnb, str(fields.get("fiveg.dnn", "")),
    )  # fmt: skip
    return Standing(told.key, supi, int(str(fields[telling.SINCE])), addresses, facts, binding)


def _several(value: Value | None) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)
