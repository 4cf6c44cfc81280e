"""Access that goes on: from a fact to the command at an enforcement point, with 100,000 grants in force.

    python -m tests.bench.bench_continuous [--grants N] [--facts N]

Prints what is granted and decided again a second; milliseconds from the moment at which a fact is in the log to that at
which a point has the command (session facts and alerts, one after the other); the same for a lock of the whole site; and
what a door takes to begin again with all grants. The point answers at once: what a gateway takes comes on top.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

from sentinel.access.deciding.locks import Subject
from sentinel.access.information.pip import Asked
from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.model.garbage import settle
from sentinel.service import SWITCH
from sentinel.site import SitePlan, Terminal
from tests.continuous import ENFORCING, Rig
from tests.deciding import PLC, SITE, alert

FIRST = 999_701_000_000_000
_BATCH = 1000


def plan(number: int) -> SitePlan:
    """The demo site with so many AGVs."""
    rows = tuple(Terminal(str(FIRST + at), imei="860123050000016", group="agv") for at in range(number))
    return ENFORCING.model_copy(update={"terminals": (*SITE.terminals, *rows)})


def address(at: int) -> str:
    """The address of one of them."""
    return f"10.{64 + (at >> 16)}.{at >> 8 & 255}.{at & 255}"


def session(at: int, **changed: Value) -> Told:
    """Its session."""
    fields: dict[str, Value] = {
        "fiveg.supi": str(FIRST + at), "fiveg.pei": "8601230500000161", "fiveg.dnn": "ot", "fiveg.snssai.sst": 2,
        "fiveg.snssai.sd": "0000a1", "fiveg.pdu_session.id": 1, "addresses": (address(at),), "since": time.time_ns() - 10**9,
        "seid": f"10.11.4.20/{at:#018x}", "uplink": f"10.11.3.20/{at:#010x}", "downlink": f"10.11.3.101/{at:#010x}",
        "qfis": (1,), "gnb": "10.11.2.101", "revised": time.time_ns(),
    }  # fmt: skip
    return Told(Kind.SESSION, f"s{at}", time.time_ns(), {**fields, **changed})


def place(at: int) -> Told:
    """Where it is."""
    fields: dict[str, Value] = {"fiveg.supi": str(FIRST + at), "fiveg.nci": "0x000000011", "fiveg.tac": "1", "since": 1}
    return Told(Kind.PLACE, f"p{at}", time.time_ns(), fields)


def _chunks(number: int) -> Iterator[range]:
    return (range(start, min(start + _BATCH, number)) for start in range(0, number, _BATCH))


def grant(rig: Rig, number: int) -> float:
    """Have everybody granted; the seconds that it took."""
    for chunk in _chunks(number):
        rig.log.tell([told for at in chunk for told in (session(at), place(at))])
    rig.access.following.hear()
    since = time.perf_counter()
    decider = rig.access.decider
    for chunk in _chunks(number):
        judged = [decider.judge(Asked(PLC, "modbus:write", time.time_ns(), str(FIRST + at))) for at in chunk]
        decider.answer(judged, "proxy")
        rig.settled(lambda: not decider.unrecorded)
        rig.access.following.write()
    assert len(rig.access.administrator.grants) == number
    return time.perf_counter() - since


def latencies(rig: Rig, facts: Sequence[tuple[str, Told]]) -> list[float]:
    """Milliseconds from each fact to its command."""
    found = []
    for supi, told in facts:
        before, since = len(rig.point.applied), time.time_ns()
        rig.log.tell([told])
        assert rig.settled(lambda before=before: len(rig.point.applied) > before)  # type: ignore[misc]
        at, command = rig.point.applied[before]
        assert command.binding.supi == supi
        found.append((at - since) / 1e6)
    return found


def show(name: str, found: Sequence[float]) -> None:
    """One line."""
    p99 = quantiles(found, n=100)[98]
    print(f"{name:<44} p50 {median(found):8.2f} ms   p99 {p99:8.2f} ms   most {max(found):8.2f} ms")


def run(rig: Rig, number: int, some: int) -> None:
    """All of it."""
    took = grant(rig, number)
    print(f"{'granted, with records':<44} {number / took:10,.0f} a second")
    settle()  # as a door does that has begun
    sys.setswitchinterval(SWITCH)
    rig.access.tend()
    assert rig.settled(lambda: not rig.access.administrator._again, 600)  # it looks at everybody when it begins
    step = number // (2 * some)
    moved = [(str(FIRST + at * step), session(at * step, **{"fiveg.dnn": "internet"})) for at in range(some)]
    show("a session changes, to the command", latencies(rig, moved))
    weighty = [(str(FIRST + at * step + number // 2), f"a{at}") for at in range(some)]
    rig.store.add([], [alert(f"{name}{each}", supi, time.time_ns()) for supi, name in weighty for each in "xy"], [])
    for _, name in weighty:
        rig.log.tell([Told(Kind.ALERT, f"{name}x", time.time_ns())])
    time.sleep(1)
    show(
        "an alert, to the command", latencies(rig, [(supi, Told(Kind.ALERT, f"{name}y", 1)) for supi, name in weighty])
    )
    administrator, since = rig.access.administrator, time.perf_counter()
    for supi in administrator.grants.terminals()[:10_000]:
        administrator.reconsider(supi)
    print(f"{'decided again, and still allowed':<44} {10_000 / (time.perf_counter() - since):10,.0f} a second")
    since = time.perf_counter()
    rig.again()
    print(f"{'a door begins again':<44} {time.perf_counter() - since:10.2f} s")
    assert len(rig.access.administrator.grants) == number - 2 * some
    rig.access.tend()
    since = time.perf_counter()
    before = len(rig.point.applied)
    rig.access.known.locks.set(Subject.SITE, SITE.site, by="ada", reason="bench", seconds=600)
    rig.settled(lambda: len(rig.point.applied) > before, 600)
    print(f"{'a lock of the site, to the first command':<44} {(time.perf_counter() - since) * 1e3:10.1f} ms")
    rig.settled(lambda: not rig.access.administrator.grants.terminals(), 1200)
    print(f"{'a lock of the site, to the last grant':<44} {time.perf_counter() - since:10.1f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grants", type=int, default=100_000)
    parser.add_argument("--facts", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder), plan(arguments.grants))
        try:
            run(rig, arguments.grants, arguments.facts)
        finally:
            rig.close()


if __name__ == "__main__":
    main()
