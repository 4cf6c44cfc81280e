"""Live capture: a sender in a network namespace, `sentinel collect` on one core at the other end of a veth pair.

    python -m tests.bench.bench_live [--seconds N] [--evidence-mib N]

The sender (synthetic IMIX of GTP-U) is `collectors/ring/examples/send.rs`, twice as fast as tcpreplay (build it with
`cargo build --release -p sentinel-ring --example send`), or tcpreplay where it is not built. It first sends as fast as it can, then at half of what that was. Printed: what
was sent, what the collector decoded, and what the kernel dropped because the collector was too slow. The collector is the
whole one, with spool and shipping, to a service in this process that takes everything. Needs root, iproute2 and tcpreplay,
and two cores that nobody else uses: a load above one at the start is said, and the figures then mean little.
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import orjson

from tests.bench.n3_traffic import imix

SPACE, NEAR, FAR = "sentinel-bench", "sbn0", "sbf0"
PACKETS = 300_000  # of the capture, which is sent again and again
_SENT = re.compile(r"Actual: (\d+) packets \((\d+) bytes\) sent in ([\d.]+) seconds")
SENDER = Path("target/release/examples/send")
COLLECT = [sys.executable, "-c", "from sentinel.cli import main; main()", "collect", FAR]

Figures = dict[str, float]


class Sink(http.server.ThreadingHTTPServer):
    """A service that takes everything, and remembers what the collector last said of itself."""

    said: dict[str, int]
    reports = 0


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        sink = cast("Sink", self.server)
        sink.said = orjson.loads(self._take())["counters"]
        sink.reports += 1

    def _take(self) -> bytes:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        return body

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def network() -> Iterator[None]:
    """A veth pair whose near end is in a namespace of its own; one that was left behind is removed."""
    subprocess.run(["ip", "netns", "del", SPACE], check=False, capture_output=True)
    ip("netns", "add", SPACE)
    try:
        ip("link", "add", FAR, "type", "veth", "peer", "name", NEAR, "netns", SPACE)
        ip("link", "set", FAR, "mtu", "9000", "up")
        ip("-n", SPACE, "link", "set", NEAR, "mtu", "9000", "up")
        yield
    finally:
        subprocess.run(["ip", "netns", "del", SPACE], check=False)  # and the pair with it


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@contextlib.contextmanager
def service() -> Iterator[Sink]:
    """The service."""
    sink = Sink(("127.0.0.1", 0), _Answer)
    sink.said = {}
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    try:
        yield sink
    finally:
        sink.shutdown()
        sink.server_close()


def send(capture: Path, packets: int, pace: int) -> tuple[int, float]:
    """Packets sent, and in how many seconds; a pace of 0 is as fast as it can."""
    packets = max(1, packets // PACKETS) * PACKETS
    if not SENDER.exists():
        return replay(capture, packets, ["--pps", str(pace)] if pace else ["--topspeed"])
    command = [
        "taskset",
        "-c",
        "1",
        "ip",
        "netns",
        "exec",
        SPACE,
        str(SENDER),
        NEAR,
        str(capture),
        str(packets),
        str(pace),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    sent, seconds = done.stdout.split()
    return int(sent), float(seconds)


def replay(capture: Path, packets: int, pace: Sequence[str]) -> tuple[int, float]:
    """The same by tcpreplay."""
    command = ["taskset", "-c", "1", "ip", "netns", "exec", SPACE, "tcpreplay", "-q", "--preload-pcap", *pace]
    command += ["--loop", str(packets // PACKETS), "-i", NEAR, str(capture)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    match = _SENT.search(done.stdout)
    assert match is not None, done.stdout
    return int(match[1]), float(match[3])


def measure(capture: Path, packets: int, pace: int, evidence: int) -> Figures:
    """One run: a fresh collector on core 0, the sender on core 1."""
    with tempfile.TemporaryDirectory() as folder, service() as sink:
        options = ["--to", f"http://127.0.0.1:{sink.server_port}", "--spool", folder, "--evidence-mib", str(evidence)]
        command = ["taskset", "-c", "0", *COLLECT, *options]
        environment = {**os.environ, "SENTINEL_COLLECT_TOKEN": "bench"}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as collector:
            while sink.said.get("packets") is None:
                time.sleep(0.2)
            sent, seconds = send(capture, packets, pace)
            time.sleep(1)
            collector.send_signal(signal.SIGTERM)  # its last report has the last figures
            collector.wait(60)
        said = sink.said
    return {"sent": sent, "sent_per_second": sent / seconds, "seen": said["packets"],
            "decoded": said["decoded"], "dropped": said["dropped"], "events": said["events"]}  # fmt: skip


def run(seconds: float = 10, evidence: int = 1024) -> dict[str, Figures]:
    """Measure, print and give the figures."""
    load = os.getloadavg()[0]
    quiet = "quiet" if load < 1 else f"NOT quiet, load {load:.1f}: the figures mean little"
    print(
        f"live: veth in two namespaces, to one core of `sentinel collect`, evidence {evidence} MiB; the machine is {quiet}"
    )
    print(f"{'pace':>10} {'sent':>12} {'sent/s':>12} {'seen':>12} {'dropped':>10} {'events':>9}")
    figures: dict[str, Figures] = {}
    with network():
        capture = imix(PACKETS)
        _, first = send(capture, PACKETS, 0)  # how fast it is, and a warm-up
        packets = int(seconds * PACKETS / first)
        figures["full"] = measure(capture, packets, 0, evidence)
        half = int(figures["full"]["sent_per_second"] / 2)
        figures["half"] = measure(capture, packets // 2, half, evidence)
    for pace, row in figures.items():
        print(f"{pace:>10} {row['sent']:>12,.0f} {row['sent_per_second']:>12,.0f} {row['seen']:>12,.0f} "
              f"{row['dropped']:>10,.0f} {row['events']:>9,.0f}")  # fmt: skip
    return figures


def lacking() -> str:
    """What this machine lacks for it, in words; empty where it can be measured."""
    sender = () if SENDER.exists() else ("tcpreplay",)
    missing = [tool for tool in ("ip", "taskset", *sender) if shutil.which(tool) is None]
    missing += [] if os.geteuid() == 0 else ["root"]
    missing += [] if (os.cpu_count() or 1) > 1 else ["a second core"]
    return (
        f"this needs root, two cores, iproute2, util-linux and a sender; missing: {' '.join(missing)}"
        if missing
        else ""
    )


def main(arguments: Sequence[str]) -> None:
    """Measure and print, where that can be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument(
        "--evidence-mib", type=int, default=1024, help="of the collector's ring, as shipped; 0 keeps none"
    )
    options = parser.parse_args(arguments)
    if missing := lacking():
        sys.exit(missing)
    run(options.seconds, options.evidence_mib)


if __name__ == "__main__":
    main(sys.argv[1:])
