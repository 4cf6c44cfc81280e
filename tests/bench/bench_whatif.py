"""What-if: stored flows decided again under a draft, with session, place, trust and permits of then.

    python -m tests.bench.bench_whatif [--flows N] [--terminals N]

Fills a store and a history of identities, and prints the seconds of a replay as the console runs it, beside reading the same
documents from the store and doing nothing with them; and, for a part of them, beside asking the history for each.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

from sentinel.access.authoring.whatif import asked_of, decided, replay
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Snapshot
from sentinel.access.information.pip import Pip
from sentinel.access.information.trust import Trust
from sentinel.model.event import PlainEvent, Value
from sentinel.operations.replays import Replays
from sentinel.site import SitePlan, Terminal
from sentinel.state.history import History
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Document, Span
from sentinel.store.query import Exists
from tests.deciding import HOUR, NOW, POLICY, SITE

GOAL = 10.0  # seconds for a million flows
SOME = 2_000  # flows that are decided one by one
WHERE = (("10.11.6.50", 502), ("10.11.6.80", 80), ("10.11.6.50", 22), ("10.11.6.60", 102))
Figures = dict[str, float]


def supi(number: int) -> str:
    """A terminal of the register."""
    return f"99970{number:010}"


def plan(terminals: int) -> SitePlan:
    """The demo site with so many AGVs."""
    rows = tuple(Terminal(supi(number), imei="860123050000016", group="agv") for number in range(terminals))
    return SITE.model_copy(update={"terminals": rows})


def fill(store: SqliteStore, history: History, flows: int, terminals: int) -> None:
    """Flows of a day, of terminals that have a new session every four hours."""
    for number, at in itertools.product(range(terminals), range(6)):
        facts: dict[str, Value] = {
            "fiveg.supi": supi(number), "fiveg.dnn": "ot", "fiveg.snssai.sst": 2, "fiveg.snssai.sd": "0000a1",
            "fiveg.pei": "8601230500000161",
        }  # fmt: skip
        since, place = NOW + 4 * at * HOUR, {"fiveg.supi": supi(number), "fiveg.nci": "0x000000011", "fiveg.tac": "1"}
        history.hold("address", _address(number), since, f"s{number}.{at}", facts)
        history.hold("context", f"c{number}", since, f"c{number}.{at}", place)
    history.flush(NOW)
    chance = Random(1)
    for batch in (range(at, min(at + 5000, flows)) for at in range(0, flows, 5000)):
        store.add([_flow(at, flows, chance.randrange(terminals), chance) for at in batch], [], [])


def _address(number: int) -> str:
    return f"10.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def _flow(at: int, flows: int, number: int, chance: Random) -> PlainEvent:
    time_, (address, port) = NOW + at * 24 * HOUR // flows, chance.choice(WHERE)
    fields: dict[str, Value] = {
        "event.action": "flow.started", "fiveg.supi": supi(number), "source.ip": _address(number), "source.port": 40_000 + at % 20_000,
        "destination.ip": address, "destination.port": port, "network.transport": "tcp", "fiveg.dnn": "ot", "fiveg.pei": "8601230500000161",
        "fiveg.gtpu.teid": f"0x{number:08x}", "network.type": "ipv4",
    }  # fmt: skip
    return PlainEvent("flow.started", time_, f"{time_:016x}-{at:08x}", "bench", at, fields)


def _refuse(message: str) -> None:
    raise SystemExit(message)


def _slowly(documents: Iterable[Document], pip: Pip, draft: Pdp, live: Pdp) -> Iterator[object]:
    """As it would be if each were decided by itself, and the history asked for each."""
    for document in documents:
        if (asked := asked_of(document, pip)) is not None:
            yield decided(asked, pip, draft, live)


def run(flows: int = 1_000_000, terminals: int = 5_000) -> Figures:
    """Measure, and print."""
    with (
        tempfile.TemporaryDirectory() as place, closing(SqliteStore(Path(place) / "events.db")) as store,
        closing(History(Path(place) / "identities.db")) as history,
    ):  # fmt: skip
        fill(store, history, flows, terminals)
        pip = Pip(plan(terminals), history, lambda *_: Trust(100, ()), lambda: NOW + 48 * HOUR)
        figures = _measured(store, pip, flows)
    for name, value in figures.items():
        print(f"{name:<52} {value:>12,.2f}")
    return figures


def _measured(store: SqliteStore, pip: Pip, flows: int) -> Figures:
    stricter = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if not rule.id.startswith("agv-writes")))
    draft, live = Snapshot.of(stricter, 2), Snapshot.of(POLICY, 1)
    some = list(itertools.islice(store.scan(Exists("fiveg.supi"), None, Span()), SOME))
    pdps = (Pdp(draft, _refuse), Pdp(live, _refuse))
    alone, slow = _timed(_slowly(some, pip, *pdps))
    quick = [(seen.outcome, seen.decision) for seen in replay(some, pip, *pdps)]
    if quick != slow:
        _refuse("what recurs is not answered as what is asked alone")
    scanned, _ = _timed(store.scan(Exists("fiveg.supi"), None, Span()))
    replays, used = Replays(store, pip), time.process_time()
    found = replays.ask(draft, live, "")
    while not found.done:
        time.sleep(0.05)
    used = time.process_time() - used
    if found.error or found.accesses != flows:
        _refuse(found.error or f"{found.accesses} accesses of {flows}")
    return {
        "what-if, seconds": found.took, "what-if, seconds for a million": found.took / flows * 1e6,
        "reading the documents alone, seconds": scanned, "one by one, seconds for a million": alone / SOME * 1e6,
        "what-if, seconds of CPU for a million": used / flows * 1e6, "one by one / what-if": (alone / SOME) / (found.took / flows),
    }  # fmt: skip


def _timed(several: Iterable[object]) -> tuple[float, list[object]]:
    start, found = time.perf_counter(), []
    for number, each in enumerate(several):
        if number < SOME:
            found.append(each)
    return time.perf_counter() - start, found


def main(arguments: Sequence[str]) -> None:
    """Run it by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_whatif", description=__doc__)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--terminals", type=int, default=5_000)
    options = parser.parse_args(arguments)
    run(options.flows, options.terminals)


if __name__ == "__main__":
    main(sys.argv[1:])
