"""Enforcement: from a command to its acknowledgement, and what asking costs, beside the same without us in one run.

    python -m tests.bench.bench_enforcement

nftables by libnftables beside forking `nft`; a command over the feed to a gateway; a thousand quarantines at once; a
Disconnect to an SMF simulator beside forking `radclient`; EAP-TLS through FreeRADIUS; nginx with and without asking.
Needs root, and the programs of `make system`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from fastapi import FastAPI

from sentinel.api import enforcement, forward, radius
from sentinel.enforcement.agent import Follower
from sentinel.enforcement.feed import Changes, Element, Feed
from sentinel.enforcement.netfilter import Netfilter
from sentinel.enforcement.points.nftables import Nftables
from sentinel.enforcement.points.radius import Radius
from sentinel.model.enforcement import Binding, Command, Flow, State, Verb
from sentinel.operations.doors import Parts
from tests import dnaaa, namespaces
from tests.deciding import AGV, Past, deciding, enrolled, published, session
from tests.e2e.test_dn_aaa import MES, VALUES, _told
from tests.e2e.test_nginx import HERE, nginx
from tests.interfaces import ip, tidy
from tests.serving import serving
from tests.smf import SECRET, Smf, imsi

Figures = dict[str, float]
TIMES, FORKS, HANDSHAKES, REQUESTS, BATCH = 500, 20, 10, 2000, 1000
STOP = Command(Verb.QUARANTINE, "d", Binding(AGV, session=5, address="10.45.1.11"), 3600)


def lacking() -> str:
    """What is missing here; empty where nothing is."""
    missing = "" if shutil.which("nginx") and shutil.which("ab") else "needs nginx and ab (apache2-utils)"
    return namespaces.lacking() or dnaaa.lacking() or missing


def run() -> Figures:
    """All of it, as a table."""
    figures = _nftables() | _disconnect() | _asking()
    for name, value in figures.items():
        print(f"{name:44} {value:12,.2f}")
    return figures


def _timed(name: str, act: Callable[[int], object], times: int) -> Figures:
    taken = []
    for number in range(times):
        began = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - began) * 1000)
    return {f"{name} p50 ms": median(taken), f"{name} p99 ms": quantiles(taken, n=100)[98]}


def _nftables() -> Figures:
    tidy()
    name = f"sentinel-{os.getpid()}g"
    ip("netns", "add", name)
    try:
        return namespaces.inside(name, _inside)
    finally:
        ip("netns", "del", name)


def _inside() -> Figures:
    """In a namespace of its own; threads and processes that are started here are in it too."""
    nft = Netfilter()
    nft.begin(["10.45.0.0/16"])
    figures = _timed("nftables, one element", lambda at: nft.put({_address(at): 3600.0}), TIMES)
    fork = ["nft", "add element inet sentinel quarantine4 { 10.45.200.1 timeout 1h }"]
    figures |= _timed("nftables, by a fork of nft", lambda _: subprocess.run(fork, check=True), FORKS)
    figures["nftables, fork / library"] = (
        figures["nftables, by a fork of nft p50 ms"] / figures["nftables, one element p50 ms"]
    )
    feed = Feed()
    feed.fill()
    follower = Follower(Local(feed), nft, ["10.45.0.0/16"])
    thread = threading.Thread(target=follower.run)
    thread.start()
    point = Nftables("gw", feed)
    figures |= _timed("command to ACK over the feed", lambda at: _acked(point.apply([_command(at)])), TIMES)
    batch = [_command(at) for at in range(BATCH)]
    figures |= {"1,000 quarantines to ACK ms": _timed("", lambda _: _acked(point.apply(batch)), 3)[" p50 ms"]}
    follower.stopping.set()
    feed.put({})
    feed.put({_address(0): 1.0})
    thread.join(5)
    nft.close()
    return figures


def _acked(outcomes: Any) -> None:
    assert all(each.state is State.ACKED for each in outcomes), outcomes[0]


@dataclasses.dataclass
class Local:
    """The feed in this process."""

    feed: Feed

    def changes(self, epoch: str, since: int, lost: int = 0) -> Changes:
        """See `Source`."""
        return self.feed.changes("gw", epoch, since, 1)


def _address(at: int) -> Element:
    return Element("quarantine", (f"10.45.{at // 250}.{at % 250 + 1}",))


def _command(at: int) -> Command:
    """One flow each, so that each is an element."""
    return dataclasses.replace(STOP, decision=f"d{at}", flow=Flow("10.11.6.50", at + 1, "tcp"))


def _disconnect() -> Figures:
    commands = [Command(Verb.CUT, "d", Binding(str(at), session=5), 60) for at in range(TIMES + BATCH + FORKS)]
    with Smf({imsi(each.binding.supi, 5) for each in commands}) as smf:
        point = Radius("smf", smf.address, SECRET)
        figures = _timed("Disconnect to verified ACK", lambda at: _acked(point.apply([commands[at]])), TIMES)
        batch = commands[TIMES : TIMES + BATCH]
        figures |= {"1,000 Disconnects ms": _timed("", lambda _: point.apply(batch), 2)[" p99 ms"]}
        forks = commands[TIMES + BATCH :]
        figures |= _timed("Disconnect by a fork of radclient", lambda at: _radclient(smf, forks[at]), FORKS)
    fork, own = (
        figures[f"{name} p50 ms"] for name in ("Disconnect by a fork of radclient", "Disconnect to verified ACK")
    )
    return {**figures, "Disconnect, fork / own": fork / own}


def _radclient(smf: Smf, command: Command) -> None:
    told = f'3GPP-IMSI = "{command.binding.supi}"\n3GPP-NSAPI = "5"\n'
    place = f"127.0.0.1:{smf.address[1]}"
    subprocess.run(
        ["radclient", place, "disconnect", SECRET.decode()], input=told, text=True, check=True, capture_output=True
    )


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A service over the demo site, in which the AGV sits on this host: where it is, and a token for each kind of point."""
    made, store = deciding(folder, Past((session(AGV, HERE, pei="860123050000016"),)))
    published(made)
    tokens = {kind: enrolled(made, kind, kind) for kind in ("dn-aaa", "http")}
    nobody: Any = None
    app = FastAPI()
    enforcement.mount(app, Parts(store, nobody, nobody, nobody, access=made), radius.router, forward.router)
    listening = socket.create_server(("127.0.0.1", 0))
    with serving(app, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", tokens
    made.close()
    store.close()


def _asking() -> Figures:
    with tempfile.TemporaryDirectory() as place, _service(Path(place)) as (url, tokens):
        (Path(place) / "aaa").mkdir()
        with dnaaa.aaa(Path(place) / "aaa", url, tokens["dn-aaa"], MES) as server:
            figures = _timed("EAP-TLS with its decision", lambda _: server.accepts(AGV, _told(VALUES)), HANDSHAKES)
        figures |= _rate(url, tokens["dn-aaa"])
        behind = FastAPI()
        behind.get("/")(lambda: "ok")
        behind.get("/open")(lambda: "ok")
        listening = socket.create_server(("127.0.0.1", 0))
        with serving(behind, listening), nginx(Path(place), url, tokens["http"], listening.getsockname()[1]) as port:
            asked, bare = _ab(port, "/"), _ab(port, "/open")
    figures |= {f"nginx, asking {name}": value for name, value in asked.items()}
    figures |= {f"nginx, not asking {name}": value for name, value in bare.items()}
    return {
        **figures,
        "nginx, adds ms": asked["mean ms"] - bare["mean ms"],
        "nginx, asking / not": asked["mean ms"] / bare["mean ms"],
    }


def _rate(url: str, token: str) -> Figures:
    """Decisions of the DN-AAA's resource a second, by `ab` with 16 connections that are kept."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
        names = {
            "3GPP-IMSI": AGV,
            "3GPP-IMEISV": "8601230500000199",
            "3GPP-Session-S-NSSAI": "0x020000a1",
            "Called-Station-Id": "ot",
        }
        body.write(str({name: {"type": "string", "value": [value]} for name, value in names.items()}).replace("'", '"'))
        body.flush()
        said = _run_ab("-k", "-c", "16", "-p", body.name, "-T", "application/json", "-H", f"Authorization: Bearer {token}",
                       f"{url}/enforce/v1/radius?resource={MES}")  # fmt: skip
    return {"DN-AAA decisions a second": float(_found(r"Requests per second:\s+([\d.]+)", said))}


def _ab(port: int, path: str) -> Figures:
    said = _run_ab("-c", "1", f"http://127.0.0.1:{port}{path}")
    return {
        "mean ms": float(_found(r"Time per request:\s+([\d.]+) \[ms\] \(mean\)", said)),
        "p99 ms": float(_found(r"99%\s+(\d+)", said)),
    }


def _run_ab(*options: str) -> str:
    said = subprocess.run(
        ["ab", "-q", "-n", str(REQUESTS), *options], capture_output=True, text=True, check=True
    ).stdout
    assert "Non-2xx" not in said, said
    return said


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


if __name__ == "__main__":
    missing = lacking()
    print(missing) if missing else run()
