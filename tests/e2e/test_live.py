"""A real interface: what is sent on one end of a veth pair is watched on the other. Needs root."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors import sources
from collectors.sources.base import Tap
from collectors.sources.capture_file import CaptureFile
from collectors.sources.live import Live
from sentinel.errors import InputError
from sentinel.evidence.ring import LATEST, Ring
from sentinel.model.event import Event
from sentinel.plugins import discover
from tests.interfaces import ip, tidy

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None, reason="making a veth pair needs root and iproute2"
)
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # <linux/if_tun.h>
TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")


def pair(near: str, far: str) -> None:
    ip("link", "add", near, "type", "veth", "peer", "name", far)
    for name in (near, far):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
        ip("link", "set", name, "mtu", "9000", "up")


@pytest.fixture
def veth() -> Iterator[tuple[str, str]]:
    tidy()
    near, far = f"sn{os.getpid()}a", f"sn{os.getpid()}b"
    try:
        pair(near, far)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine makes no veth pair: {error.stderr!r}")
    yield near, far
    subprocess.run(["ip", "link", "del", near], check=False, capture_output=True)


@pytest.fixture
def other() -> Iterator[tuple[str, str]]:
    near, far = f"sn{os.getpid()}c", f"sn{os.getpid()}d"
    pair(near, far)
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

    def __init__(self, interface: str, pattern: str = "") -> None:
        self.stopping = threading.Event()
        self.source = Live(interface.split(), pattern, self.stopping)
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


def test_what_a_killed_test_left_is_removed(veth: tuple[str, str]) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = f"sn{dead.pid}"
    ip("link", "add", f"{left}a", "type", "veth", "peer", "name", f"{left}b")
    ip("netns", "add", f"sentinel-{dead.pid}")
    tidy()
    assert not Path("/sys/class/net", f"{left}a").exists()
    assert not Path("/run/netns", f"sentinel-{dead.pid}").exists()
    assert all(Path("/sys/class/net", name).exists() for name in veth)


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


def test_what_came_before_the_stop_is_read(veth: tuple[str, str]) -> None:
    near, far = veth
    watch = Watch(far)
    for _ in range(200):
        send(near)
    watch.stop()
    assert watch.source.packets == 200 * len(frames())


@pytest.fixture
def tun() -> Iterator[tuple[str, int]]:
    """A device without Ethernet, and where to write what it is to receive."""
    name = f"sn{os.getpid()}"
    try:
        device = os.open("/dev/net/tun", os.O_RDWR)
        wanted = struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI)
        fcntl.ioctl(device, _TUNSETIFF, wanted)
    except OSError as error:
        pytest.skip(f"this machine makes no tun device: {error}")
    Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    ip("link", "set", name, "mtu", "9000", "up")
    yield name, device
    os.close(device)


def test_an_interface_may_have_packets_without_frames(tun: tuple[str, int]) -> None:
    name, device = tun
    watch = Watch(name)
    for frame in frames():
        os.write(device, frame[14:])
    watch.stop()
    recorded = [event.kind for batch in CaptureFile(str(TRACE)).batches() for event in batch]
    assert sorted(event.kind for event in watch.events) == sorted(recorded)


def test_an_interface_that_vanishes_is_waited_for(veth: tuple[str, str]) -> None:
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
    told = [event for event in watch.events if event.kind.startswith("monitor.")]
    assert [event.kind for event in told] == ["monitor.interface_lost", "monitor.interface_returned"]
    assert {event.fields["observer.ingress.interface.name"] for event in told} == {far}
    assert watch.source.counters()["monitor.interface_lost"] == 1


def test_two_interfaces_are_one_network(veth: tuple[str, str], other: tuple[str, str]) -> None:
    """The directions of a tunnel come on two taps; one decoder sees both, in the order of time."""
    watch = Watch(f"{veth[1]} {other[1]}")
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as up,
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as down,
    ):
        up.bind((veth[0], 0))
        down.bind((other[0], 0))
        for number, frame in enumerate(frames()):
            (up, down)[number % 2].send(frame)
            time.sleep(0.001)
    watch.until(len(frames()))
    watch.stop()
    recorded = [event.kind for batch in CaptureFile(str(TRACE)).batches() for event in batch]
    assert sorted(event.kind for event in watch.events) == sorted(recorded)
    packets = [(event.time, event.packet) for event in watch.events if event.kind != "flow.ended"]
    assert packets == sorted(packets)
    assert {event.source for event in watch.events} == {veth[1], other[1]}


def test_a_filter_is_the_kernels(veth: tuple[str, str]) -> None:
    """What it does not let pass is not seen."""
    near, far = veth
    watch = Watch(far, "sctp port 38412")
    send(near)
    wanted = sum(1 for frame in frames() if frame[23] == 132)
    watch.until(wanted)
    time.sleep(0.3)
    watch.stop()
    assert 0 < watch.source.packets == wanted < len(frames())


@pytest.mark.parametrize(
    ("pattern", "column"), [("udp prot 2152", 5), ("(udp port 2152 or tcpx) and ip", 19), ("udp port 2152 and", 18)]
)
def test_a_filter_that_is_none_says_where(veth: tuple[str, str], pattern: str, column: int) -> None:
    with pytest.raises(InputError, match=rf"`{re.escape(pattern)}` is not a capture filter: .*\(column {column}\)"):
        Live([veth[1]], pattern, threading.Event())


def test_an_interface_that_is_down_is_said(veth: tuple[str, str]) -> None:
    ip("link", "set", veth[1], "down")
    with pytest.raises(InputError, match=rf"`{veth[1]}` cannot be opened: network is down"):
        Live([veth[1]], "", threading.Event())


@pytest.mark.parametrize("tap", discover(sources, Tap), ids=lambda tap: tap.kind)  # type: ignore[type-abstract]
def test_every_source_gives_the_same_events_and_keeps_the_packets(
    tap: type[Tap], veth: tuple[str, str], tmp_path: Path
) -> None:
    if tap.kind == "tshark" and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    near, far = veth
    stopping = threading.Event()
    ring = Ring(tmp_path)
    writer = ring.writer(far)
    assert writer is not None
    source = tap([far], "sctp or udp", stopping, writer)
    events: list[Event] = []

    def read() -> None:
        for batch in source.batches():
            events.extend(batch)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    time.sleep(1)  # until tshark says that it is ready
    send(near)
    deadline = time.monotonic() + 20
    while source.packets < len(frames()) and time.monotonic() < deadline:
        time.sleep(0.05)
    stopping.set()
    reading.join(10)
    counters = source.counters()
    source.close()
    writer.close()
    kept = ring.cut((), 0, LATEST).packets
    assert [(packet.length, packet.data) for packet in kept] == [
        (len(frame), frame[: max(256, len(packet.data))]) for frame, packet in zip(frames(), kept, strict=True)
    ]
    assert [packet.number for packet in kept] == list(range(1, len(frames()) + 1))
    recorded = [event for batch in CaptureFile(str(TRACE)).batches() for event in batch]
    # what ends a flow, and how long it was, is told by the clock
    assert sorted(map(said, events)) == sorted(map(said, recorded))
    assert (counters["packets"], counters["dropped"]) == (len(frames()), 0)


def said(event: Event) -> str:
    """Kind and fields, without those that the clock gives."""
    return repr((event.kind, sorted((n, v) for n, v in event.fields.items() if n != "event.duration")))


def test_what_cannot_be_captured_is_said() -> None:
    with pytest.raises(InputError, match="nowhere0"):
        Live(["nowhere0"], "", threading.Event())
