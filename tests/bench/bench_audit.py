"""The audit log: append, proof, verify; each beside the least that it could cost here.

python -m tests.bench.bench_audit [RECORDS] [PROOF_RECORDS]
"""

from __future__ import annotations

import functools
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sentinel.access.deciding.entries import act
from sentinel.audit import checkpoint, standalone, tree
from sentinel.audit.heads import Heads
from sentinel.audit.ledger import Ledger
from sentinel.audit.log import Log
from sentinel.crypto.suite import suite
from sentinel.model.access import Decision, Reason, Request, Resource, Subject
from sentinel.model.audit import Act, Action

GROUP = 5000  # records of one synchronisation
ASKED = Request(
    Subject("999700000000001", ("any", "supi:999700000000001", "grp:agv")), "plant",
    Resource("app", "plc", "10.11.6.50", 502, "tcp", 2**127), "modbus:write",
    {"trust": 80, "slice": "2-0000a1", "dnn": "ot", "tac": "1", "facts_age": 3, "time": 1_772_445_600_000_000_000, "bound": "true"},
)  # fmt: skip
ACT = Act(
    Action.ALERT_CHANGED, "li.wei", "9f3c2a7be41d0c55a1b20003", details={"state": "closed", "reason": "duplicate"}
)


def main() -> None:
    """Print the figures."""
    count, proofs = (int(each) for each in (sys.argv[1:] + ["1000000", "0"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "audit")
        _append(ledger, count)
        _single(ledger)
        _verify(ledger, Path(folder) / "audit")
        _proof(ledger.log, "proof in this log")
        _decisions(ledger)
        ledger.close()
        if proofs:
            _deep(Path(folder) / "deep", proofs)
    sys.stdout.flush()


def _said(what: str, value: float, unit: str, least: float | None = None) -> None:
    ratio = "" if least is None else f"   limit {least:12,.1f} {unit}, ratio {value / least:.2f}"
    print(f"{what:38} {value:12,.1f} {unit}{ratio}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare(file: BinaryIO, octets: bytes) -> None:
    file.write(octets)
    file.flush()
    os.fdatasync(file.fileno())


def _append(ledger: Ledger, count: int) -> None:
    """Beside one leaf and one node of bare SM3 for each record, and the same octets written and synchronised alike."""

    def ours() -> None:
        for _ in range(count // GROUP):
            ledger.record(*[ACT] * GROUP)

    took = _timed(ours)
    records = ledger.log.records(0, GROUP)
    node = bytes(64)
    hashing = _timed(lambda: [(tree.leaf_hash(each), tree.node_hash(node[:32], node[32:])) for each in records])
    written = b"".join(records)
    with (ledger.log.folder / "bare").open("wb") as file:
        syncing = min(_timed(functools.partial(_bare, file, written)) for _ in range(5))
    (ledger.log.folder / "bare").unlink()
    _said(f"append, {GROUP} for each fdatasync", count / took, "/s", GROUP / (hashing + syncing))


def _decisions(ledger: Ledger) -> None:
    """Whole decisions on access as entries of the log, as many as are answered together: made, written, synchronised."""
    decision = Decision(True, Reason.ALLOWED, 7, "0" * 64, ("agv-writes-its-registers",))
    for number in (1, 16, 1000, GROUP):
        rounds = max(4, min(100, 20_000 // number))
        start = time.perf_counter()
        for _ in range(rounds):
            ledger.record(*(act("0" * 25, "gw", ASKED, decision, _hidden) for _ in range(number)))
        _said(f"decisions, {number} in a group", number * rounds / (time.perf_counter() - start), "/s")


def _hidden(supi: str) -> str:
    return f"ps-supi-1-{supi}"


def _single(ledger: Ledger) -> None:
    """One act at a time, as a person makes it, beside a bare fdatasync of as much."""
    with (ledger.log.folder / "bare").open("wb") as file:
        bare = functools.partial(_bare, file, bytes(250))
        pairs = [(_timed(functools.partial(ledger.record, ACT)), _timed(bare)) for _ in range(100)]
    (ledger.log.folder / "bare").unlink()
    ours, least = (statistics.median(each) * 1e3 for each in zip(*pairs, strict=True))
    _said("one act, median", ours, "ms", least)


def _verify(ledger: Ledger, folder: Path) -> None:
    """All of it, beside two bare SM3 for each record."""
    signer = checkpoint.log_signer("sentinel-audit/bench", suite().active.sm2_keygen())
    size, root = ledger.log.head()
    heads = Heads(folder)
    heads.publish([signer.line])
    heads.add(checkpoint.signed(signer, size, root, time.time_ns()))
    records = ledger.log.records(0, GROUP)
    node = bytes(64)
    hashing = _timed(lambda: [(standalone.sm3(b"\0" + each), standalone.sm3(b"\1" + node)) for each in records])
    reports: list[standalone.Report] = []
    source = standalone.Folder(folder)
    took = _timed(lambda: reports.append(standalone.verify(source, signer.public, (), None, checkpoint.verifies)))
    assert reports[0].good, reports[0].findings
    _said(f"verify {size:,} records", took, "s", hashing / GROUP * size)


def _proof(log: Log, what: str) -> None:
    size, root = log.head()
    places = [size * step // 1000 for step in range(1000)]
    leaves = [log.hash(0, number) for number in places]
    took = [_timed(functools.partial(tree.inclusion, log.hash, number, size)) * 1e3 for number in places]
    path = tree.inclusion(log.hash, places[500], size)
    checked = _timed(lambda: tree.verify_inclusion(leaves[500], places[500], size, path, root)) * 1e3
    _said(f"{what}, median", statistics.median(took), "ms")
    _said(f"{what}, slowest of 1,000", max(took), "ms")
    _said(f"its check, {len(path)} hashes", checked, "ms")


def _deep(folder: Path, size: int) -> None:
    """A log of so many records, of which only hashes are there: proofs read nothing else."""
    log = Log(folder)
    growing = tree.Frontier()
    with (folder / "hashes").open("wb") as file:
        for first in range(0, size, 1 << 16):
            file.write(growing.extend(number.to_bytes(32) for number in range(first, min(first + (1 << 16), size))))
    log._tree = growing
    _proof(log, f"proof among {size:,}")
    log.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
