"""A real interface: what is sent on one end of a veth pair is watched on the other. Needs root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.sources.capture_file import CaptureFile
from collectors.sources.live import Live
from sentinel.errors import InputError
from sentinel.model.event import Event

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="making a veth pair needs root and iproute2"
)
TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def pair(near: str, far: str) -> None:
    ip("link", "add", near, "type", "veth", "peer", "name", far)
    for name in (near, far):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        ip("link", "set", name, "mtu", "9000", "up")


@pytest.fixture
def veth() -> Iterator[tuple[str, str]]:
    near, far = f"sn{os.getpid() % 100000}a", f"sn{os.getpid() % 100000}b"
    try:
        pair(near, far)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine makes no veth pair: {error.stderr!r}")
    yield near, far
    subprocess.run(["ip", "link", "del", near], check=False, capture_output=True)


def frames() -> list[bytes]:
    data = TRACE.read_bytes()[24:]
    found = []
    while data:
        length = int.from_bytes(data[8:12], "little")
        found.append(data[16 : 16 + length])
        data = data[16 + length :]
    return found


def send(interface: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        for frame in frames():
            out.send(frame)


class Watch:
    """A live source read in a thread."""

    def __init__(self, interface: str) -> None:
        self.stopping = threading.Event()
        self.source = Live(interface, self.stopping)
        self.events: list[Event] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for batch in self.source.batches():
            self.events += batch

    def until(self, packets: int) -> None:
        deadline = time.monotonic() + 20
        while self.source.packets < packets and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        self.stopping.set()
        self._thread.join(10)


def test_live_frames_give_the_events_of_the_same_capture(veth: tuple[str, str]) -> None:
    near, far = veth
    watch = Watch(far)
    send(near)
    watch.until(len(frames()))
    watch.stop()
    recorded = [event.kind for batch in CaptureFile(str(TRACE)).batches() for event in batch]
    # flows end by the clock: what was sent in a second took longer when it was recorded
    assert sorted(event.kind for event in watch.events) == sorted(recorded)
    counters = watch.source.counters()
    assert counters["packets"] == len(frames())
    assert counters["dropped"] == 0
    assert all(event.source == far and event.time > 10**18 for event in watch.events)


def test_an_interface_that_vanishes_is_waited_for(veth: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.sources.live.AGAIN", 0.1)
    near, far = veth
    watch = Watch(far)
    send(near)
    watch.until(len(frames()))
    ip("link", "del", near)
    time.sleep(1)
    pair(near, far)
    deadline = time.monotonic() + 20
    while watch.source.packets < 2 * len(frames()) and time.monotonic() < deadline:
        send(near)
        time.sleep(0.5)
    watch.stop()
    assert watch.source.packets >= 2 * len(frames())


def test_what_cannot_be_captured_is_said() -> None:
    with pytest.raises(InputError, match="nowhere0"):
        Live("nowhere0", threading.Event())
