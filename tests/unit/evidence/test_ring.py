"""The ring through the bindings: a capture goes in as it is decoded, and comes out by whom it is about."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from shutil import which

import pytest

from collectors._decode import CaptureReader, Decoder
from sentinel.errors import EvidenceError
from sentinel.evidence.manifest import file_of
from sentinel.evidence.ring import LATEST, Cut, Limits, Ring, Writers, folder_name
from sentinel.model.event import Event
from tests.packets import RAW, ipv4, udp

TRACES = Path(__file__).parents[2] / "traces"
PLANT = TRACES / "plant" / "plant-day.pcap"


def kept(ring: Ring, capture: Path) -> list[Event]:
    """Decode a capture into the ring; its events."""
    writer = ring.writer(str(capture), patient=True)
    assert writer is not None
    reader = CaptureReader(str(capture), str(capture), writer)
    events: list[Event] = []
    while (batch := reader.read(1000)) is not None:
        events += batch
    writer.close()
    return events


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ring, list[Event]]:
    """The ring of a plant's day."""
    ring = Ring(tmp_path_factory.mktemp("evidence"))
    return ring, kept(ring, PLANT)


def _all(ring: Ring, *subjects: str) -> Cut:
    return ring.cut(subjects, 0, LATEST)


def _numbers(ring: Ring, *subjects: str) -> set[int]:
    return {packet.number for packet in _all(ring, *subjects).packets}


def _told(events: list[Event], name: str) -> dict[str, set[int]]:
    """The packets that gave an event with each value of a field."""
    told: dict[str, set[int]] = {}
    for event in events:
        value = event.fields.get(name, ())
        for one in value if isinstance(value, tuple) else (value,):
            told.setdefault(str(one), set()).add(event.packet)
    return told


@pytest.mark.parametrize(
    ("field", "kind"),
    [("fiveg.pfcp.f_seid.seid", "seid"), ("fiveg.ngap.ul.teid", "teid"), ("fiveg.pfcp.f_teid.teid", "teid"),
     ("fiveg.gtpu.teid", "teid"), ("fiveg.pdu_session.ue_ip", "address"), ("fiveg.supi", "supi")],
)  # fmt: skip
def test_every_packet_that_named_a_subject_is_found_by_it(
    plant: tuple[Ring, list[Event]], field: str, kind: str
) -> None:
    """For each value that events tell, and not all packets for any."""
    ring, events = plant
    told = _told([event for event in events if not event.kind.startswith("flow.")], field)
    assert told
    for value, packets in told.items():
        found = _numbers(ring, f"{kind}:{value}")
        assert packets <= found
        assert len(found) < len(_all(ring).packets)


def test_a_context_is_found_between_its_two_peers(plant: tuple[Ring, list[Event]]) -> None:
    """The same number between others is somebody else's."""
    ring, events = plant
    found = 0
    for event in events:
        if (number := event.fields.get("fiveg.ran_ue_ngap_id")) is not None:
            ends = f"{event.fields['source.ip']},{event.fields['destination.ip']}"
            assert event.packet in _numbers(ring, f"ran_ue_ngap_id:{number}@{ends}")
            assert _numbers(ring, f"ran_ue_ngap_id:{number}@192.0.2.1,192.0.2.2") == set()
            found += 1
    assert found > 10


@pytest.mark.tshark
def test_tshark_reads_a_cut_and_agrees_who_it_is_about(plant: tuple[Ring, list[Event]], tmp_path: Path) -> None:
    """The user packets of a tunnel are exactly those that tshark finds in the capture."""
    tshark = which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    ring, events = plant
    file = tmp_path / "cut.pcapng"
    shown = ("-T", "fields", "-e", "frame.time_epoch", "-e", "gtp.teid", "-e", "frame.len")
    teids = [teid for teid in _told(events, "fiveg.gtpu.teid") if int(teid, 16) < 2**32][:4]
    assert teids
    for teid in teids:
        wanted = ("-Y", f"gtp.message == 255 && gtp.teid == {teid}")
        file.write_bytes(file_of(_all(ring, f"teid:{teid}").packets))
        ours, theirs = (
            subprocess.run(
                [tshark, "-n", "-r", path, *wanted, *shown], capture_output=True, text=True, check=True
            ).stdout
            for path in (file, PLANT)
        )
        assert ours == theirs != ""


def test_a_cut_has_the_octets_of_the_capture(plant: tuple[Ring, list[Event]]) -> None:
    """As many packets, the same times, and the octets whole or as long as the snap length."""
    ring, _ = plant
    frames: dict[int, set[bytes]] = {}
    for frame in (frame for event in plant[1] for frame in event.frames):
        frames.setdefault(frame.time, set()).add(frame.data)
    packets = _all(ring).packets
    assert [packet.time for packet in packets] == sorted(packet.time for packet in packets)
    compared = [packet for packet in packets if packet.time in frames]
    assert len(compared) > 50
    for packet in compared:
        whole = [data for data in frames[packet.time] if len(data) == packet.length]
        assert not whole or any(data.startswith(packet.data) for data in whole)
        assert len(packet.data) in {packet.length, 256}


def test_time_and_bounds(plant: tuple[Ring, list[Event]]) -> None:
    """From `since` up to before `until`; a bound is said."""
    ring, _ = plant
    times = [packet.time for packet in _all(ring).packets]
    middle = times[len(times) // 2]
    assert [packet.time for packet in ring.cut((), 0, middle).packets] == [time for time in times if time < middle]
    few = ring.cut((), 0, LATEST, packets=3)
    assert (len(few.packets), few.more) == (3, True)
    with pytest.raises(EvidenceError, match="is no subject"):
        ring.cut(("mood:good",), 0, LATEST)


def test_sources_have_folders_that_lead_nowhere_else(tmp_path: Path) -> None:
    """Whatever a source is called."""
    for source in ("../../etc", "..", ".", "/captures/a.pcap", "eth0.100", "x" * 300, ""):
        name = folder_name(source)
        assert (tmp_path / name).resolve().parent == tmp_path
        assert 0 < len(name) <= 202
    ring = Ring(tmp_path)
    writer = ring.writer("eth0 eth1", patient=True)
    assert writer is not None
    Decoder("x", writer).decode([(7, RAW, ipv4(17, "10.0.0.1", "10.0.0.2", udp(1, 2, b"x")))])
    writer.close()
    assert [packet.source for packet in _all(ring).packets] == ["eth0 eth1"]
    assert [packet.summary for packet in _all(ring).packets] == ["udp 10.0.0.1:1 → 10.0.0.2:2"]


def test_no_ring_where_none_is_wanted_or_possible(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Off, without a folder, or with a file in its place; what goes wrong is said."""
    assert Ring().writer("x") is None
    assert _all(Ring()).packets == []
    assert Ring(tmp_path, Limits(size=0)).writer("x") is None
    (tmp_path / "file").touch()
    with caplog.at_level(logging.ERROR):
        assert Ring(tmp_path / "file").writer("x") is None
    assert "no packets are kept as evidence" in caplog.text


def test_a_full_disk_is_said_once_and_nothing_else_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Counted, in the status and in the log; events come all the same."""
    monkeypatch.setattr("sentinel.evidence.ring.RESERVE", 1 << 62)
    writers = Writers(Ring(tmp_path))
    writer = writers.of("x", patient=True)
    assert writer is writers.of("x", patient=True)
    assert writer is not None
    reader = CaptureReader(str(PLANT), "x", writer)
    events = 0
    while (batch := reader.read(1000)) is not None:
        events += len(batch)
    writer.flush()
    with caplog.at_level(logging.ERROR):
        status = writers.status()
        writers.status()
    writers.close()
    assert events > 100
    assert (status["evidence.kept"], status["evidence.lost"]) == (
        0,
        reader.packets - int(str(status["evidence.skipped"])),
    )
    assert "are free" in str(status["evidence_trouble"])
    assert caplog.text.count("are free") == 1
