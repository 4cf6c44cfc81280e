"""The collector without a network: a full spool is loud, counted and told; captures wait for room."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from collectors._decode import EvidenceWriter
from collectors.sources import capture_file
from collectors.sources.base import Tap
from collectors.sources.capture_file import CaptureFile
from collectors.sources.frames import Frames
from sentinel.cli import commands
from sentinel.collect import Collect, Figures, Reader, collect
from sentinel.crypto.suite import suite
from sentinel.errors import EvidenceError, IngestError
from sentinel.evidence.answers import Answers
from sentinel.evidence.manifest import verify
from sentinel.evidence.ring import LATEST, Limits, Ring, Writers
from sentinel.keys.tables import seals_of
from sentinel.model.capture import records
from sentinel.model.event import Event
from sentinel.shipping import wire
from sentinel.shipping.log import Log
from sentinel.shipping.sender import AwayError, Sender
from sentinel.shipping.shipper import Shipper
from sentinel.shipping.spool import Spool
from sentinel.sources import Given, Progress
from tests.unit.conftest import an_event

TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")
OTHER = Path("tests/traces/gtpu/up-to-cp-crossover.pcap")


class Memory(Sender):
    """A service in memory that can be away, or refuse."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "token")
        self.batches: dict[int, bytes] = {}
        self.away = 0  # times
        self.refuses: set[int] = set()
        self.reports: list[Mapping[str, object]] = []
        self.asks: list[object] = []
        self.answers: dict[str, bytes] = {}

    def send(self, spool: str, sequence: int, batch: bytes) -> None:
        if self.away:
            self.away -= 1
            raise AwayError("it is away")
        if sequence in self.refuses:
            raise IngestError("event 0: there is no field `x`")
        self.batches[sequence] = batch

    def report(self, status: Mapping[str, object]) -> Sequence[object]:
        self.reports.append(status)
        return self.asks

    def answer(self, question: str, octets: bytes, *, more: bool) -> None:
        self.answers[question] = octets

    def twin(self) -> Sender:
        return self

    def events(self) -> list[Event]:
        return [event for _, batch in sorted(self.batches.items()) for event in wire.decode(batch, "t")]


class Wire(Tap):
    """A live source."""

    kind = "wire"

    def __init__(
        self,
        interfaces: Sequence[str],
        pattern: str,
        stopping: threading.Event,
        evidence: EvidenceWriter | None = None,
    ) -> None:
        self.name = "eth1"

    def batches(self) -> Iterator[Sequence[Event]]:
        yield ()

    def counters(self) -> dict[str, int]:
        return {"packets": 1}


def heavy(number: int) -> Event:
    import dataclasses
    import random

    frame = dataclasses.replace(an_event(number).frames[0], data=random.Random(number).randbytes(200_000))
    return dataclasses.replace(an_event(number), frames=(frame,))


def test_a_full_spool_loses_live_events_loudly_and_says_how_many(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sender, figures, stopping = Memory(), Figures(), threading.Event()
    with closing(Spool(tmp_path, 1 << 20)) as spool:
        shipper = Shipper(spool, sender, partial(figures.status, spool, Writers(Ring())), lambda questions: None)
        reader = Reader(spool, figures, shipper, stopping, Progress())
        source = Wire([], "", stopping)
        for number in range(10):
            reader.take(Given(source, [heavy(number)], {"packets": number}))
            reader.flush()
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        kept = spool.waiting
        assert figures.lost == 10 - kept > 0
        shipper.start()
        shipper.drain(stopping)
        reader.take(Given(source, [an_event(11)], {"packets": 11}))
        reader.flush()
        shipper.drain(stopping)
        shipper.stop()
    found = sender.events()
    assert [event.kind for event in found[-2:]] == ["nas.security_mode_command", "monitor.spool_full"]
    assert found[-1].fields["fiveg.monitor.count"] == 10 - kept
    assert len(found) == kept + 2
    assert "were lost" in caplog.records[-1].message
    assert sender.reports[-1]["lost"] == 10 - kept


def test_what_a_quiet_pipe_gave_does_not_wait_for_more(tmp_path: Path) -> None:
    """Its events are sent although no batch follows them."""
    sender, stopping = Memory(), threading.Event()
    output, into = os.pipe()
    os.write(into, TRACE.read_bytes())
    plan = Collect((), (f"/dev/fd/{output}",), tmp_path, 1 << 20)
    collector = threading.Thread(target=collect, args=(plan, sender, stopping))
    collector.start()
    deadline = time.monotonic() + 60
    while not sender.batches and time.monotonic() < deadline:
        time.sleep(0.05)
    sent = bool(sender.batches)  # before the pipe has come to its end
    os.close(into)
    collector.join(60)
    os.close(output)
    assert sent


def test_frames_of_a_capture_wait_for_room(tmp_path: Path) -> None:
    sender, figures, stopping = Memory(), Figures(), threading.Event()
    with closing(Spool(tmp_path, 1 << 20)) as spool:
        shipper = Shipper(spool, sender, partial(figures.status, spool, Writers(Ring())), lambda questions: None)
        reader = Reader(spool, figures, shipper, stopping, Progress())
        source = Frames("capture", [])
        shipper.start()
        for number in range(20):
            reader.take(Given(source, [heavy(number)], {}))
            reader.flush()
        shipper.drain(stopping)
        shipper.stop()
    assert [event.id for event in sender.events()] == [an_event(number).id for number in range(20)]
    assert figures.lost == 0


def test_a_service_that_is_away_gets_everything_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Memory()
    sender.away = 3
    collect(Collect((), (str(TRACE),), tmp_path, 1 << 20), sender, threading.Event())
    with CaptureFile(str(TRACE)) as capture:
        told = [event.id for batch in capture.batches() for event in batch]
    assert [event.id for event in sender.events()] == told
    assert sender.reports[-1]["counters"]["packets"] == 58  # type: ignore[index]


class KilledError(BaseException):
    """The process ended here."""


def recorded(trace: Path) -> list[str]:
    return [event.id for batch in CaptureFile(str(trace)).batches() for event in batch]


@pytest.mark.parametrize("place", ["append", "_note"])
@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_collector_that_is_killed_goes_on_in_the_capture_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, times: int
) -> None:
    """Also where that is between a batch and the note that says so; and every start that is killed comes further."""
    monkeypatch.setattr(capture_file, "BATCH", 4)
    monkeypatch.setattr("sentinel.collect.FLUSH_AT", 4)
    sender, traces = Memory(), (str(TRACE), str(OTHER))
    holder: type[Spool | Log] = Log if place == "append" else Spool
    does = getattr(holder, place)
    left = [0]

    def killed(*arguments: object) -> None:
        does(*arguments)
        left[0] -= 1
        if left[0] == 0:
            raise KilledError

    for _ in range(3):
        left[0] = times + 1
        monkeypatch.setattr(holder, place, killed)
        with pytest.raises(KilledError):
            collect(Collect((), traces, tmp_path, 1 << 20), sender, threading.Event())
    monkeypatch.setattr(holder, place, does)
    collect(Collect((), traces, tmp_path, 1 << 20), sender, threading.Event())
    assert [event.id for event in sender.events()] == recorded(TRACE) + recorded(OTHER)
    collect(Collect((), traces[:1], tmp_path, 1 << 20), sender, threading.Event())  # it had come to its end
    assert [event.id for event in sender.events()][-len(recorded(TRACE)) :] == recorded(TRACE)


def test_a_capture_that_changed_meanwhile_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, path, append = Memory(), tmp_path / "x.pcap", Spool.append

    def killed(*arguments: object) -> None:
        append(*arguments)  # type: ignore[arg-type]
        raise KilledError

    path.write_bytes(TRACE.read_bytes())
    plan = Collect((), (str(path),), tmp_path / "spool", 1 << 20)
    monkeypatch.setattr(Spool, "append", killed)
    with pytest.raises(KilledError):
        collect(plan, sender, threading.Event())
    monkeypatch.setattr(Spool, "append", append)
    path.write_bytes(OTHER.read_bytes())
    collect(plan, sender, threading.Event())
    assert [event.id for event in sender.events()] == recorded(TRACE) + recorded(OTHER)


def test_recent_packets_stay_in_a_ring_and_are_cut_there(tmp_path: Path) -> None:
    sender = Memory()
    plan = Collect((), (str(TRACE),), tmp_path / "spool", 1 << 20, limits=Limits(64 << 20))
    collect(plan, sender, threading.Event())
    packets = Ring(plan.evidence).cut((), 0, LATEST).packets
    assert len(packets) == sender.reports[-1]["counters"]["evidence.kept"] == 58  # type: ignore[index]
    assert sender.reports[-1]["evidence_trouble"] == ""
    [teid] = {str(event.fields["fiveg.gtpu.teid"]) for event in sender.events() if event.kind == "gtpu.nested"}
    output = tmp_path / "case.pcapng"
    command = ["evidence", "cut", "--data", str(plan.spool), "-o", str(output)]
    done = CliRunner().invoke(commands, [*command, "--teid", teid])
    assert done.exit_code == 0, done.output
    assert 0 < verify(output).packets < 58
    with pytest.raises(EvidenceError, match="a collector knows no alerts"):
        CliRunner().invoke(commands, [*command, "--alert", "x"], catch_exceptions=False)


def test_with_keys_spool_and_packets_are_sealed_and_cut_out_with_them(tmp_path: Path) -> None:
    """The service gets what it gets without; on the host, packets are cut out by who has the file of keys."""
    keys = tmp_path / "keys"
    assert CliRunner().invoke(commands, ["key", "file", str(keys)]).output == f"{keys}: key 1\n"
    sender = Memory()
    sender.refuses = {1}
    plan = Collect(
        (), (str(TRACE),), tmp_path / "spool", 1 << 20, limits=Limits(64 << 20), seal=seals_of(suite, keys)
    )  # fmt: skip
    collect(plan, sender, threading.Event())
    assert {path.suffix for path in plan.evidence.glob("*/*")} == {".sealed", ".index"}
    output = tmp_path / "case.pcapng"
    command = ["evidence", "cut", "--data", str(plan.spool), "-o", str(output), "--from", "1970-01-01"]
    done = CliRunner().invoke(commands, command)
    assert (done.exit_code, "no key is at hand" in done.output) == (3, True), done.output
    done = CliRunner().invoke(commands, [*command, "--seal-key", str(keys)])
    assert done.exit_code == 0, done.output
    assert verify(output).packets == 58
    (refused,) = (plan.spool / "refused").iterdir()
    batch = tmp_path / "batch"
    done = CliRunner().invoke(commands, ["key", "unseal", str(refused), "--seal-key", str(keys), "-o", str(batch)])
    assert done.exit_code == 0, done.output
    assert len(wire.decode(batch.read_bytes(), "")) == len(recorded(TRACE))


def test_packets_that_the_service_asks_for_are_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once; what is no question is passed over."""
    caplog.set_level(logging.INFO)
    sender = Memory()
    spans = [[1_767_600_000_000_000_000, 1_767_600_060_000_000_000]]
    question = {"id": "0" * 16 + "-" + "1" * 16, "subjects": ["address:10.11.3.20"], "spans": spans}
    sender.asks = [question, "nonsense"]
    ring = Ring(tmp_path)
    with closing(Writers(ring)) as writers, CaptureFile(str(TRACE), writers.of("eth1", patient=True)) as capture:
        for _ in capture.batches():
            pass
    with closing(Answers(ring, sender)) as answers:
        answers.take(sender.asks)
        answers.take(sender.asks)
    [octets] = sender.answers.values()
    packets = records(octets)
    assert len(packets) > 3
    assert f"the service asked for packets about address:10.11.3.20: sent {len(packets)}, SHA-256" in caplog.text
    assert "not understood" in caplog.text


def test_a_batch_that_is_refused_holds_up_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sender = Memory()
    sender.refuses = {1}
    collect(Collect((), (str(TRACE), str(TRACE)), tmp_path, 1 << 20), sender, threading.Event())
    assert list(sender.batches) == [2]
    assert len(list((tmp_path / "refused").iterdir())) == 1
    assert "there is no field `x`" in caplog.text
    assert sender.reports[-1]["refused"] == 1
