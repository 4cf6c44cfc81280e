"""The ring through the bindings: a capture goes in as it is decoded, and comes out by whom it is about."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from collectors._decode import CaptureReader, Decoder
from sentinel.crypto.suite import suite
from sentinel.errors import EvidenceError
from sentinel.evidence.manifest import file_of
from sentinel.evidence.ring import LATEST, Cut, Limits, Ring, Writers, folder_name
from sentinel.keys.personal import Personal
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring as Keys
from sentinel.keys.tables import Registered, add_key, seals_of
from sentinel.model.event import Event
from tests.packets import RAW, ipv4, udp
from tests.sealed import register

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


def test_a_sealed_ring_gives_what_one_in_clear_gives(tmp_path: Path, plant: tuple[Ring, list[Event]]) -> None:
    """By each subject; nothing of it stands on disk, and without the key that is said."""
    clear, events = plant
    add_key(tmp_path / "keys")
    seal = seals_of(suite, tmp_path / "keys")("evidence")
    ring = Ring(tmp_path / "ring", seal=seal)
    kept(ring, PLANT)
    supis = _told(events, "fiveg.supi")
    for subject in ("", *(f"supi:{supi}" for supi in supis), "address:10.11.4.20"):
        named = [subject] if subject else []
        assert _all(ring, *named).packets == _all(clear, *named).packets
    octets = b"".join(path.read_bytes() for path in (tmp_path / "ring").rglob("*") if path.is_file())
    assert supis
    assert not any(supi.encode() in octets for supi in supis)
    with pytest.raises(EvidenceError, match="sealed, and no key is at hand"):
        _all(Ring(tmp_path / "ring"))


def test_a_key_is_changed_while_packets_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the key before sealed is found, and what another one seals; one that was destroyed takes its packets along."""
    monkeypatch.setattr("sentinel.keys.ring.EVERY", 0.0)
    made = register(tmp_path)
    seal = Registered(Personal(suite(), Keys(made)), "evidence")
    ring = Ring(tmp_path / "ring", seal=seal)
    writer = ring.writer("x", patient=True)
    assert writer is not None
    decoder = Decoder("x", writer)
    for number in (1, 2):
        decoder.decode([(number, RAW, ipv4(17, "10.0.0.1", f"10.0.0.{number + 1}", udp(1, 2, b"x")))])
        writer.flush()
        made.rotate(Purpose.EVIDENCE, "li", "li")
    assert [packet.time for packet in _all(ring).packets] == [1, 2]
    writer.close()
    made.destroy("evidence.1", "li")
    assert [packet.time for packet in _all(ring).packets] == [2]


def test_a_writer_that_is_let_go_of_unclosed_ends(tmp_path: Path) -> None:
    """Its thread asks Python to seal what is left: that neither hangs nor loses it."""
    add_key(tmp_path / "keys")
    ring = Ring(tmp_path / "ring", seal=seals_of(suite, tmp_path / "keys")("evidence"))
    writer = ring.writer("x", patient=True)
    assert writer is not None
    Decoder("x", writer).decode([(7, RAW, ipv4(17, "10.0.0.1", "10.0.0.2", udp(1, 2, b"x")))])
    del writer
    assert len(_all(ring).packets) == 1


_KILLED = """
import os, sys
from pathlib import Path
from collectors._decode import CaptureReader
from sentinel.crypto.suite import suite
from sentinel.evidence.ring import Ring
from sentinel.keys.tables import seals_of
folder = Path(sys.argv[1])
writer = Ring(folder / "ring", seal=seals_of(suite, folder / "keys")("evidence")).writer("x", patient=True)
reader = CaptureReader(sys.argv[2], "x", writer)
reader.read(40)
writer.flush()
reader.read(20)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_writer_left_is_found_and_torn_octets_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was flushed, with or without the next writer; half a piece at the end is cut off by that one."""
    add_key(tmp_path / "keys")
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(PLANT)], check=False, timeout=120)
    assert done.returncode == -9
    ring = Ring(tmp_path / "ring", seal=seals_of(suite, tmp_path / "keys")("evidence"))
    before = _all(ring).packets
    assert before
    (segment,) = (tmp_path / "ring" / "x").glob("*.sealed")
    with segment.open("ab") as file:
        file.write(segment.read_bytes()[:60])
    writers = Writers(ring)
    writer = writers.of("x", patient=True)
    assert writer is not None
    writer.flush()
    with caplog.at_level(logging.WARNING):
        assert writers.status()["evidence.torn"] == 60
    writers.close()
    assert "60 octets that it left unfinished are cut off" in caplog.text
    assert _all(ring).packets == before


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
