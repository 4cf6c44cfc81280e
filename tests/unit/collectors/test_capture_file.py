"""Capture files: every format gives the same events, and what is no capture says so in one line."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from collectors.sources.capture_file import CaptureFile
from sentinel.errors import InputError
from sentinel.model.event import Event
from tests import packets as p

PACKETS = (
    p.n2(p.data(1, p.NG_SETUP_REQUEST), p.data(2, p.REGISTRATION_REQUEST)),
    p.n4(),
    p.up(p.ipv4(6, p.UE, p.SERVER, p.tcp(40_000, 80, 2))),
)
KINDS = [
    "ngap.ng_setup_request",
    "ngap.initial_ue_message",
    "nas.registration_request",
    "pfcp.heartbeat_request",
    "gtpu.tunnel_started",
    "flow.started",
    "flow.ended",
]


def read(path: Path) -> list[Event]:
    with CaptureFile(str(path)) as source:
        return [event for batch in source.batches() for event in batch]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(p.pcap(PACKETS), id="pcap"),
        pytest.param(p.pcap(PACKETS, order=">"), id="pcap, big-endian"),
        pytest.param(p.pcap(PACKETS, nano=True), id="pcap, nanoseconds"),
        pytest.param(p.pcapng(PACKETS), id="pcapng"),
        pytest.param(p.pcapng(PACKETS, order=">"), id="pcapng, big-endian"),
        pytest.param(gzip.compress(p.pcap(PACKETS)), id="gzip"),
    ],
)
def test_every_format_gives_the_same_events(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "capture"
    path.write_bytes(content)
    events = read(path)
    assert [event.kind for event in events] == KINDS
    assert [event.packet for event in events] == [1, 1, 1, 2, 3, 3, 3]
    assert [event.time - p.START for event in events[:6]] == [0, 0, 0, 1_000_000, 2_000_000, 2_000_000]
    path.write_bytes(p.pcap(PACKETS))
    assert [(event.id, dict(event.fields)) for event in read(path)] == [(e.id, dict(e.fields)) for e in events]


def test_the_reader_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(p.pcap(PACKETS))
    source = CaptureFile(str(path))
    list(source.batches())
    assert (source.packets, source.position, source.size) == (3, path.stat().st_size, path.stat().st_size)
    assert source.truncated is None
    counters = source.counters()
    assert (counters["packets"], counters["decoded"], counters["gtpu.g_pdu"]) == (3, 3, 1)


@pytest.mark.parametrize("make", [p.pcap, p.pcapng])
def test_a_capture_cut_short_is_read_to_where_it_ends(tmp_path: Path, make: Callable[[Sequence[bytes]], bytes]) -> None:
    path = tmp_path / "capture"
    path.write_bytes(make(PACKETS)[:-5])
    source = CaptureFile(str(path))
    kinds = [event.kind for batch in source.batches() for event in batch]
    assert kinds == KINDS[:4]
    assert source.truncated == "ends within a record"


def test_damaged_gzip_is_read_to_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(gzip.compress(p.pcap(PACKETS * 1000))[:-100])
    source = CaptureFile(str(path))
    assert [event for batch in source.batches() for event in batch]
    assert source.truncated is not None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty; expected a capture (pcap or pcapng)"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "is no capture; expected pcap or pcapng, plain or in gzip"),
        (p.pcap(())[:20], "ends within the file header of a pcap"),
        (gzip.compress(b"plain text", mtime=0), "is no capture; expected pcap or pcapng, plain or in gzip"),
    ],
)
def test_what_is_no_capture_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "holiday.pcap"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        CaptureFile(str(path))
    assert str(caught.value) == f"`{path}` {reason}"


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "absent.pcap", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(InputError, match=reason) as caught:
            CaptureFile(str(path))
        assert str(path) in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_capture_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.pcap"
    path.write_bytes(p.pcap(PACKETS))
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        CaptureFile(str(path))


def test_standard_input_is_a_capture_too() -> None:
    script = (
        "from collectors.sources.capture_file import CaptureFile\n"
        "for batch in CaptureFile('-').batches():\n"
        "    for event in batch: print(event.kind, event.source)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=p.pcap(PACKETS), capture_output=True, check=True)
    assert done.stdout.decode().splitlines() == [f"{kind} stdin" for kind in KINDS]


@pytest.mark.parametrize("make", [p.pcap, p.pcapng])
def test_a_pipe_gives_events_before_it_ends(tmp_path: Path, make: Callable[[Sequence[bytes]], bytes]) -> None:
    path, whole = tmp_path / "pipe", make(PACKETS)
    os.mkfifo(path)
    wait = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(whole[:-30])  # within the last record
            assert wait.wait(60)
            pipe.write(whole[-30:])

    writer = threading.Thread(target=write)
    writer.start()
    source = CaptureFile(str(path))
    batches = source.batches()
    seen: list[str] = []
    while len(seen) < 4:
        seen += [event.kind for event in next(batches)]
    wait.set()
    seen += [event.kind for batch in batches for event in batch]
    writer.join()
    assert seen == KINDS
    assert (source.truncated, source.size) == (None, 0)


def test_a_signal_ends_the_wait_for_a_pipe() -> None:
    script = (
        "import signal\n"
        "from collectors.sources.capture_file import CaptureFile\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what runs in the background ignores it
        "source = CaptureFile('-')\n"
        "print('ready', flush=True)\n"
        "for batch in source.batches(): pass\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(p.pcap(()))
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        for _ in range(60):  # one that comes just before the wait is not seen by it, on a slow machine
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.5)  # the pipe stays open: only the signal can end the wait
                break
        assert b"KeyboardInterrupt" in process.communicate()[1]


def test_gathered_batches_hold_the_same_events_in_fewer(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(p.pcap([p.n2(p.data(1, p.NG_SETUP_REQUEST)), *(p.n4() for _ in range(3000))]))
    with CaptureFile(str(path)) as one, CaptureFile(str(path)) as other:
        small, large = list(one.batches()), list(other.gathered())
    assert [event.id for batch in large for event in batch] == [event.id for batch in small for event in batch]
    assert 1 < len(large) < len(small)
