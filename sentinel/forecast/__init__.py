"""Baselines and forecasts: what is usual, what deviates from it, and what will break (docs/forecast.md).

While events pass they are only counted. Once in five minutes of packet time the counts become numbers, each is held
against its profile (`profiles.py`) and learnt, and those that have a limit are foretold (`trend.py`); what follows are
events, which rules judge like any other. Nothing depends on the clock of the machine or on how events are batched. The
numbers of the network are told in each period, for people to look at; those of terminals and conversations are too many.

A period in which nothing at all was heard is no period: the monitor was blind, and learns nothing of it; neither is one
of which a part was not seen, because the service was away. Events that come
late, from a collector that catches up, are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sentinel.forecast import telling
from sentinel.forecast.counters import SECONDS, Counters
from sentinel.forecast.fields import FORECASTS, KINDS
from sentinel.forecast.metrics import NETWORK, Key
from sentinel.forecast.profiles import Profiles, Reading
from sentinel.forecast.rhythm import Rhythm
from sentinel.forecast.trend import Trends
from sentinel.model.event import Event
from sentinel.site import SitePlan
from sentinel.state.calendar import local
from sentinel.state.facts.ot_conversation import PROTOCOLS
from sentinel.state.world import protocol_of

__all__ = ["FORECASTS", "KINDS", "Forecast"]

_PERIOD = SECONDS * 10**9
_TOLD = 1000  # deviations of a period that are told, the furthest out
_SHOWN = 256  # numbers of the network that are told in each period, those of base stations last
_HOUR, _DAY = 3600 // SECONDS, 86_400 // SECONDS
_LOADED = 0.5  # of a capacity that is worth an event
_LIKELY = 0.5
_SATURDAY = 5
_ORDER = {name: at for at, name in enumerate(NETWORK)}
_FORM = 1  # of what is kept over a restart


class Forecast:
    """The numbers of a site, their baselines, and where they are going."""

    def __init__(self, site: SitePlan | None = None) -> None:
        hours = site.baseline_learning_hours if site else 72.0
        self._zone = site.time_zone if site else "UTC"
        least = round(hours * _HOUR)
        self._capacities = _capacities(site)
        self._ot_limit = site.ot_response_limit if site else 0.0
        self._counters, self._rhythm = Counters(), Rhythm()
        self.terminals = Profiles(24, least, 400_000, zero=False)
        self.network = Profiles(48, least, 20_000, zero=True)
        self.conversations = Profiles(48, least, 150_000, zero=False)
        self._trends = Trends(150_000)
        self._start, self._end, self._whole = 0, 0, False
        self.late = 0  # events that came after their period had ended
        self.untold = 0  # deviations, and numbers of the network, beyond what is told of a period
        self._take = dict(self._counters.kinds)

    def take(self, event: Event) -> Iterable[Event]:
        """What follows from a period having ended, and the event itself."""
        told = self._close(event.time) if event.time >= self._end else ()
        take = self._take.get(event.kind) or self._learn(event.kind)
        if take is not _nothing:
            if event.time >= self._start:
                take(event)
            else:
                self.late += 1
        return (*told, event) if told else (event,)

    def unseen(self, until: int) -> None:
        """Nothing was seen for a while: the period that was open then, and that which is open `until` then, are none."""
        self._whole = False
        if until >= self._end:
            self._close(until)
            self._whole = False

    def _learn(self, kind: str) -> Any:
        """Who wants events of a kind; asked once of each."""
        if len(self._take) > 4096:
            self._take = dict(self._counters.kinds)
        self._take[kind] = found = self._rhythm.take if protocol_of(kind) in PROTOCOLS else _nothing
        return found

    def _close(self, now: int) -> list[Event]:
        """End the period; the first one, and one before a silence, may have been seen in part and are no periods."""
        terminals, network = self._counters.close()
        talks = self._rhythm.close()
        ended, whole = self._end, self._whole and now < self._end + _PERIOD
        self._whole = ended > 0 and now < ended + _PERIOD
        self._start = now - now % _PERIOD
        self._end = self._start + _PERIOD
        return list(self._judged(terminals, network, talks, ended)) if whole else []

    def _judged(
        self, terminals: Mapping[Key, float], network: Mapping[Key, float], talks: Mapping[Key, float], now: int
    ) -> Iterator[Event]:
        hour = self._hour(now - _PERIOD)
        yield from self._shown(network, hour, now)
        readings = [
            *self.terminals.observe(terminals, hour % 24, now), *self.network.observe(network, hour, now),
            *self.conversations.observe(talks, hour, now),
        ]  # fmt: skip
        worth = [each for each in readings if _worth(each)]
        self.untold += max(0, len(worth) - _TOLD)
        yield from (telling.deviation(each, now, SECONDS) for each in worth[:_TOLD])
        yield from self._foretold(network, talks, now)
        if now % (_PERIOD * _DAY) == 0:
            for profiles in (self.terminals, self.network, self.conversations):
                profiles.forget(now)

    def _shown(self, network: Mapping[Key, float], hour: int, now: int) -> Iterator[Event]:
        """The numbers of the network beside what was usual before this period, in an order that stays."""
        keys = sorted({**dict.fromkeys(self.network.keys()), **network}, key=_rank)
        self.untold += max(0, len(keys) - _SHOWN)
        for key in keys[:_SHOWN]:
            usual = self.network.reading(key, hour)
            known = usual is not None and self.network.judges(usual)
            yield telling.period(key, network.get(key, 0.0), usual, now, least=0 if known else self.network.least)

    def _foretold(self, network: Mapping[Key, float], talks: Mapping[Key, float], now: int) -> Iterator[Event]:
        for key, value in network.items():
            bound = self._capacities.get(key[0])
            if bound:
                yield from self._limit(key, value, bound, now, self.network, _HOUR)
                if value >= _LOADED * bound:
                    yield telling.load(key, value, bound, now)
        for key, value in talks.items():
            bound = self._bound(key, talks)
            if bound:
                yield from self._limit(key, value, bound, now, self.conversations, _DAY)

    def _limit(
        self, key: Key, value: float, bound: float, now: int, profiles: Profiles, horizon: int
    ) -> Iterator[Event]:
        def season(ahead: int) -> float:
            return profiles.season(key, self._hour(now + (ahead - 1) * _PERIOD))

        self._trends.observe(key, value - season(0))
        peak = profiles.peak(key)
        crossing = self._trends.crossing(key, bound, horizon, season, peak) if value < bound else None
        if crossing is not None and crossing.probability >= _LIKELY:
            yield telling.limit(key, value, bound, crossing, now, period=SECONDS, horizon=horizon)

    def _bound(self, key: Key, talks: Mapping[Key, float]) -> float:
        """A response must come within the plan's limit, else before the next poll; jitter is at most half a cycle."""
        cycle = talks.get(("ot.cycle", *key[1:]), 0.0)
        if key[0] == "ot.response":
            return self._ot_limit or cycle
        return cycle / 2 if key[0] == "ot.jitter" else 0.0

    def _hour(self, when: int) -> int:
        """The hour there, of a working day, or 24 more of a weekend."""
        day, minute = local(when // (60 * 10**9), self._zone)
        return minute // 60 + (24 if day >= _SATURDAY else 0)

    def sizes(self) -> dict[str, tuple[int, int, int]]:
        """Entries, cap and what did not fit, of each table."""
        tables = {"terminals": self.terminals, "network": self.network, "conversations": self.conversations}
        return {f"forecast.{name}": (len(each), each.cap, each.evicted) for name, each in tables.items()}

    def state(self) -> dict[str, Any]:
        """All that is to outlive a restart, in plain terms."""
        return {
            "form": _FORM, "times": (self._start, self._end, self._whole), "counts": (self.late, self.untold),
            "parts": {name: part.dump() for name, part in self._parts().items()},
        }  # fmt: skip

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back what `state` gave; raises `ValueError` where it is of another form."""
        if kept.get("form") != _FORM:
            raise ValueError("the forecasts are of another version")
        self._start, self._end, self._whole = kept["times"]
        self.late, self.untold = kept["counts"]
        for name, part in self._parts().items():
            part.load(kept["parts"][name])

    def _parts(self) -> dict[str, Any]:
        return {
            "counters": self._counters, "rhythm": self._rhythm, "terminals": self.terminals, "network": self.network,
            "conversations": self.conversations, "trends": self._trends,
        }  # fmt: skip


def _nothing(event: Event) -> None:
    """What is done with an event that nobody counts."""


def _worth(reading: Reading) -> bool:
    """A fall is told when it begins; what is too much, as long as it lasts."""
    return reading.score > 0 or reading.lasting == 1 or reading.settled


def _rank(key: Key) -> tuple[bool, int, Key]:
    """Base stations are many, and come last."""
    return key[0].startswith("gnb."), _ORDER[key[0]], key


def _capacities(site: SitePlan | None) -> dict[str, float]:
    """The plan's capacities; of all sessions no more than the pools have addresses."""
    if site is None:
        return {}
    addresses = sum(max(pool.num_addresses - 2, 1) for pool in site.ue_pools if pool.version == 4)
    found = dict(site.capacities)
    if addresses:
        found["site.sessions"] = min(float(addresses), found.get("site.sessions", float(addresses)))
    return found
