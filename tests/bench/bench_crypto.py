"""Our cryptography beside `openssl speed`, in turns in one run: run apart, another load makes either look faster.

    python -m tests.bench.bench_crypto

Both count CPU time. Of each the best round stands, because what disturbs only slows. The command has no SM4-GCM before
OpenSSL 3.2 or so; where it has none its SM4-CTR is the limit, which does less.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sentinel.crypto.suite import suite
from sentinel.model.event import PlainEvent, Value
from sentinel.model.personal import Identifier
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.sealing import Clear
from tests.sealed import personal

ROUNDS = 5
SECONDS = 1.0
LONG = 65536
BATCH, BATCHES = 5000, 12


def run() -> dict[str, float]:
    """Measure and print; the figures, with the ratio of ours to OpenSSL's."""
    figures: dict[str, float] = {}
    openssl = shutil.which("openssl")
    if openssl is None:
        print("openssl: skipped; to compare with it: apt install openssl")
    else:
        for name, ours, theirs in _beside(openssl):
            figures |= _compare(name, ours, theirs)
    return figures | _pseudonyms() | _ingest()


Side = Callable[[], float]


def _rated(work: Callable[[], object], size: int = 1) -> Side:
    return lambda: size * _rate(work)


def _beside(openssl: str) -> list[tuple[str, Side, Side]]:
    found = suite()
    active, key = found.active, found.signer.sm2_keygen()
    text, message = bytes(LONG), bytes(20)
    signature = found.sign(key, message)
    modes = [mode for mode in ("sm4-gcm", "sm4-ctr") if _speed(openssl, "-evp", mode, "-bytes", "16") > 0]
    return [
        ("sm3", _rated(lambda: active.sm3(text), LONG), lambda: _speed(openssl, "-evp", "sm3", "-bytes", str(LONG))),
        (
            f"sm4-gcm beside {modes[0]}",
            _rated(lambda: active.sm4_gcm_seal(bytes(16), bytes(12), text, b""), LONG),
            lambda: _speed(openssl, "-evp", modes[0], "-bytes", str(LONG)),
        ),
        ("sm2 sign", _rated(lambda: found.sign(key, message)), lambda: _speed(openssl, "sm2", column=2)),
        (
            "sm2 verify",
            _rated(lambda: found.verify(key.public, message, signature)),
            lambda: _speed(openssl, "sm2", column=3),
        ),
    ]


def _compare(name: str, ours: Callable[[], float], theirs: Callable[[], float]) -> dict[str, float]:
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    mine, limit = (max(each) for each in zip(*pairs, strict=True))
    unit = "/s" if name.startswith("sm2") else " octets/s"
    print(
        f"{name:<24} {mine:>15,.0f}{unit} of CPU   openssl speed {limit:>15,.0f}   ratio {mine / limit:.2f}", flush=True
    )
    return {f"{name}.ours": round(mine), f"{name}.openssl": round(limit), f"{name}.ratio": round(mine / limit, 3)}


def _rate(work: Callable[[], object]) -> float:
    """Times a second of CPU."""
    count, step, start = 0, 1, time.process_time()
    while (spent := time.process_time() - start) < SECONDS:
        for _ in range(step):
            work()
        count += step
        step = min(step * 2, 1000)
    return count / spent


def _speed(openssl: str, *arguments: str, column: int = 0) -> float:
    """What `openssl speed` says: octets a second, or in its table of signatures the column; 0 where it has none."""
    command = [openssl, "speed", "-seconds", "1", *arguments]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    last = text.splitlines()[-1] if text else ""
    numbers = [float(each.rstrip("sk")) for each in re.findall(r"\d+\.\d+[sk]?", last)]
    if not numbers or (column and len(numbers) <= column):
        return 0.0
    return numbers[column] if column else 1000 * numbers[0]


def _pseudonyms() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        sealing = personal(Path(folder))
        numbers = iter(f"{n:015d}" for n in range(999_700_000_000_000, 999_800_000_000_000))
        mac = suite().active.keyed_sm3(bytes(32))
        bare = max(_rate(lambda: mac(b"999700000000001")) for _ in range(ROUNDS))
        fresh = max(_rate(lambda: sealing.pseudonym(Identifier.SUPI, next(numbers))) for _ in range(ROUNDS))
        document: dict[str, Value] = {
            "fiveg.supi": "999700000000001",
            "fiveg.pei": "4370816125816151",
            "source.ip": "10.45.0.2",
        }
        known = max(_rate(lambda: sealing.hide(document)) for _ in range(ROUNDS))
    print(f"hmac-sm3 of 15 octets    {bare:>15,.0f}/s of CPU   asked for 400,000")
    print(f"pseudonym, unseen        {fresh:>15,.0f}/s of CPU")
    print(f"event with two, seen     {known:>15,.0f}/s of CPU", flush=True)
    return {"hmac": round(bare), "pseudonym.unseen": round(fresh), "event.hidden": round(known)}


def _ingest() -> dict[str, float]:
    """Events with SUPI and PEI into the embedded store, each batch synchronised; in clear and sealed, in turns."""
    batches = [[_event(number) for number in range(start, start + BATCH)] for start in range(0, BATCH * BATCHES, BATCH)]
    found: dict[str, list[float]] = {"clear": [], "sealed": []}
    for _ in range(3):
        for name, rates in found.items():
            with tempfile.TemporaryDirectory(dir=".") as folder:
                sealing = personal(Path(folder)) if name == "sealed" else Clear()
                store = SqliteStore(Path(folder) / "events.db", sealing)
                start, wall = time.process_time(), time.perf_counter()
                for batch in batches:
                    store.add(batch, [], [])
                rates.append(BATCH * BATCHES / (time.process_time() - start))
                print(f"  {name:<7} {BATCH * BATCHES / (time.perf_counter() - wall):>9,.0f} events/s of wall time")
                store.close()
    best: dict[str, float] = {f"ingest.{name}": round(max(rates)) for name, rates in found.items()}
    print(f"ingest, clear            {best['ingest.clear']:>15,.0f} events/s of CPU")
    print(f"ingest, sealed           {best['ingest.sealed']:>15,.0f} events/s of CPU   asked for 40,000", flush=True)
    return best


def _event(number: int) -> PlainEvent:
    supi, kind = f"99970{number % 2000:010d}", "nas.registration_request"
    fields: dict[str, Value] = {
        "event.action": kind, "fiveg.supi": supi, "fiveg.pei": f"437081612581{number % 2000:04d}",
        "fiveg.guti": "99970-1-1-1-0000abcd", "source.ip": "10.11.2.101", "destination.ip": "10.11.2.10",
        "fiveg.amf_ue_ngap_id": "7", "fiveg.ran_ue_ngap_id": "9", "fiveg.nas.type": "registration_request",
        "network.transport": "sctp", "fiveg.gnb.id": "1", "fiveg.identity_source": "N2",
    }  # fmt: skip
    return PlainEvent(kind, number, f"{number:016x}-00", "a.pcap", number, fields)


if __name__ == "__main__":
    run()
