"""The decision point over the wire: a real server with one worker, asked over loopback by another process.

    python -m tests.bench.bench_door [--requests N]

10,000 terminals, each with a session and a place, under the example policy. Prints decisions a
second for 16 connections at once and for one, how long one takes, and the same for a batch of a hundred; beside them what an
endpoint of FastAPI that does nothing reaches on the same server in the same run. Every answer is checked. Decisions are
kept in the audit log and in the store, as they are in a service.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles

import orjson
from fastapi import FastAPI

from sentinel import api
from sentinel.api.front import Front
from sentinel.audit.ledger import Ledger
from sentinel.door import doorway
from sentinel.model.garbage import settle
from sentinel.operations.doors import Parts
from sentinel.service import SWITCH
from sentinel.site import Terminal
from sentinel.state.history import Held
from tests.deciding import HOUR, NOW, SITE, Past, deciding, enrolled, published, session

TERMINALS = 10_000
AT_ONCE = 16
BATCH = 100
BEHIND = 1.0  # seconds, in which what goes on behind the answers ends
MES = "10.11.6.80:80/tcp"
Figures = dict[str, float]


def supi(number: int) -> str:
    """A terminal of the register."""
    return f"99970{number:010}"


def _serve(listening: socket.socket, told: Connection) -> None:
    register = tuple(Terminal(supi(number), "860123050000016", "agv") for number in range(TERMINALS))
    site = SITE.model_copy(update={"terminals": register})
    with tempfile.TemporaryDirectory() as folder:
        held = [each for number in range(TERMINALS) for each in _held(number)]
        made, store = deciding(Path(folder), Past(held), site, Ledger(Path(folder) / "audit"))
        published(made)
        tokens = {kind: enrolled(made, f"bench-{kind}", kind) for kind in ("authzen", "dn-aaa")}
        made.tend()
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        nobody: object = None
        parts = Parts(store, nobody, nobody, nobody, access=made)  # type: ignore[arg-type]  # not asked for
        api.mount(app, parts)
        app.post("/bare")(_bare)
        settle()
        sys.setswitchinterval(SWITCH)
        told.send(tokens)
        doorway.serve(doorway.server(app, front=Front(parts)), listening)


def _held(number: int) -> tuple[Held, Held]:
    """The session of a terminal, and where it is."""
    supi_, since = supi(number), NOW - HOUR
    place = {"fiveg.supi": supi_, "fiveg.nci": "0x000000011", "fiveg.tac": "1"}
    address = f"10.{number >> 8}.{number & 255}.1"
    return session(supi_, address, pei="860123050000016"), Held("context", f"gnb/{number}", since, None, supi_, place)


async def _bare() -> dict[str, bool]:
    return {"decision": True}


@contextlib.contextmanager
def _server() -> Iterator[tuple[int, Mapping[str, str], Callable[[], float]]]:
    """Its port, the tokens of enforcement points, and the seconds of CPU that it has used."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = spawn.Process(target=_serve, args=(listening, there), daemon=True)
        process.start()
        try:
            yield listening.getsockname()[1], here.recv(), lambda: _used(process.pid or 0)
        finally:
            process.terminate()
            process.join()


def _used(pid: int) -> float:
    """Seconds of CPU that a process has used, all of its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _message(path: str, token: str, body: object) -> bytes:
    content = orjson.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: pdp\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _body(number: int) -> Mapping[str, object]:
    return {
        "subject": {"type": "terminal", "id": f"imsi-{supi(number)}"}, "action": {"name": "modbus:write" if number % 2 else "s7:write"},
        "resource": {"type": "app", "id": "10.11.6.50:502/tcp"},
    }  # fmt: skip


def _attributes(number: int) -> Mapping[str, object]:
    """What FreeRADIUS sends of the session that a terminal is about to have."""
    said = {"3GPP-IMSI": supi(number % TERMINALS), "3GPP-IMEISV": "8601230500000199", "3GPP-Session-S-NSSAI": "0x020000a1",
            "Called-Station-Id": "ot"}  # fmt: skip
    return {name: {"type": "string", "value": [value]} for name, value in said.items()}


class _Caller(asyncio.Protocol):
    """Asks one thing after the other on a connection, and keeps the time of each."""

    def __init__(self, messages: Iterator[bytes], took: list[float], done: asyncio.Future[None]) -> None:
        self._messages, self._took, self._done = messages, took, done
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        message = next(self._messages, None)
        if message is None:
            self._transport.close()
            return
        self._start = time.perf_counter()
        self._transport.write(message)  # type: ignore[attr-defined]  # a transport of a stream

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._took.append(time.perf_counter() - self._start)
        if not head.startswith(b"HTTP/1.1 200") or not body or b'"failure"' in body:
            raise SystemExit(f"the door answers {self._got[:300]!r}")
        self._got = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def _ask(port: int, messages: Sequence[bytes], callers: int) -> tuple[float, list[float]]:
    """Requests a second, and seconds of each."""
    loop = asyncio.get_running_loop()
    took: list[float] = []
    waiting, done = iter(messages), [loop.create_future() for _ in range(callers)]
    start = time.perf_counter()
    for future in done:
        await loop.create_connection(lambda future=future: _Caller(waiting, took, future), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*done)
    return len(messages) / (time.perf_counter() - start), took


def _told(name: str, figures: Figures, rate: float, took: Sequence[float], cpu: float, each: int = 1) -> None:
    p50, p99 = median(took) * 1000, quantiles(took, n=100)[98] * 1000
    figures |= {
        f"{name}.per_second": round(rate * each),
        f"{name}.p50_ms": round(p50, 3),
        f"{name}.p99_ms": round(p99, 3),
        f"{name}.cpu_us": round(cpu / len(took) / each * 1e6, 1),
    }
    print(
        f"{name:<16} {rate * each:>9,.0f} a second   p50 {p50:>7.3f} ms   p99 {p99:>7.3f} ms   "
        f"{cpu / len(took) / each * 1e6:>6.0f} us of CPU each"
    )


def run(number: int = 20_000) -> Figures:
    """Measure, and print."""
    figures = Figures()
    with _server() as (port, tokens, used):
        single = [_message("/access/v1/evaluation", tokens["authzen"], _body(at % TERMINALS)) for at in range(number)]
        radius = [
            _message(f"/enforce/v1/radius?resource={MES}", tokens["dn-aaa"], _attributes(at)) for at in range(number)
        ]
        bare = [_message("/bare", "", {}) for _ in range(number)]
        batches = [
            _message("/access/v1/evaluations", tokens["authzen"], {"evaluations": [_body((at * BATCH + one) % TERMINALS) for one in range(BATCH)]})
            for at in range(max(200, number // BATCH))
        ]  # fmt: skip
        asyncio.run(_ask(port, single[:500], AT_ONCE))  # warm
        for name, messages, callers, each in (
            ("evaluation.16", single, AT_ONCE, 1), ("radius.16", radius, AT_ONCE, 1), ("bare.16", bare, AT_ONCE, 1),
            ("evaluation.1", single[: number // 2], 1, 1), ("bare.1", bare[: number // 2], 1, 1), ("evaluations.1", batches, 1, BATCH),
        ):  # fmt: skip
            before = used()
            rate, took = asyncio.run(_ask(port, messages, callers))
            time.sleep(BEHIND)
            _told(name, figures, rate, took, used() - before, each)
    ratio = figures["evaluation.16.per_second"] / figures["bare.16.per_second"]
    figures["ratio_to_bare"] = round(ratio, 2)
    print(f"a decision is {ratio:.0%} of the rate of an endpoint that does nothing")
    return figures


def main(arguments: Sequence[str]) -> None:
    """Run it by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_door", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    run(parser.parse_args(arguments).requests)


if __name__ == "__main__":
    main(sys.argv[1:])
