"""`sentinel evidence`: cut and verify."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from collectors._decode import CaptureReader
from sentinel import pipeline
from sentinel.audit.ledger import Ledger, Wanted
from sentinel.cli import commands
from sentinel.config import shipped
from sentinel.crypto.suite import suite
from sentinel.errors import EvidenceError, SentinelError, TriageError
from sentinel.evidence.manifest import beside
from sentinel.evidence.ring import Ring
from sentinel.keys.tables import EVIDENCE, add_key, seals_of
from sentinel.model.capture import records
from sentinel.site import load_site
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter

TRACES = Path(__file__).parents[2] / "traces"
PLANT = TRACES / "plant" / "plant-day.pcap"
ATTACKS = [TRACES / "nas" / "nas-null-cipher.pcap", TRACES / "pfcp" / "pfcp-session-foreign-peer.pcap",
           TRACES / "gtpu" / "up-to-cp-crossover.pcap", TRACES / "ngap" / "ngap-malformed.pcap"]  # fmt: skip


def _service(data: Path, captures: Sequence[Path]) -> Path:
    """What a service leaves of captures: events, alerts, packets."""
    store = SqliteStore(data / "events.db")
    plan = load_site(shipped("deploy/examples") / "site-demo" / "site.yaml")
    rules = pipeline.load_rules(shipped("rules"))
    pipeline.analyze([str(capture) for capture in captures], plan, rules, store, lambda source: None)
    store.close()
    for capture in captures:
        writer = Ring(data / "evidence").writer(capture.name, patient=True)
        assert writer is not None
        reader = CaptureReader(str(capture), capture.name, writer)
        while reader.read(1000) is not None:
            pass
        writer.close()
    return data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plant's day."""
    return _service(tmp_path_factory.mktemp("day"), [PLANT])


def _cut(data: Path, output: Path, *arguments: str) -> list[int]:
    """The times of the packets that were cut out."""
    command = ["evidence", "cut", "--data", str(data), "-o", str(output), *arguments]
    result = CliRunner().invoke(commands, command)
    if isinstance(result.exception, SentinelError):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert "sentinel evidence verify" in result.output
    return [record.frame.time for record in records(output.read_bytes())]


def test_a_terminal_is_cut_out_by_what_its_events_name(data: Path, tmp_path: Path) -> None:
    """Signalling that never says the SUPI, and packets of the user, come along; not everybody's."""
    output = tmp_path / "ue.pcapng"
    times = _cut(data, output, "--supi", "999700000000001")
    everything = _cut(data, tmp_path / "all.pcapng", "--from", "1970-01-01")
    assert 10 < len(times) < len(everything)
    said = orjson.loads((tmp_path / "ue.pcapng.json").read_bytes())
    kinds = {event["event.action"].partition(".")[0] for event in said["events"]}
    assert kinds >= {"ngap", "pfcp", "gtpu"}
    assert said["about"] == ["supi:999700000000001"]
    named = {event.get("fiveg.supi") for event in said["events"]} - {None}
    assert named <= {"999700000000001"}


def test_an_alert_is_cut_out_with_its_proofs(tmp_path: Path) -> None:
    """Every alert has the packets that it rests on."""
    data = _service(tmp_path, ATTACKS)
    store = SqliteStore(data / "events.db")
    alerts = [record.alert for record in store.alerts(AlertFilter(), 100).rows]
    store.close()
    assert len(alerts) >= 4
    for alert in alerts:
        times = set(_cut(data, tmp_path / "alert.pcapng", "--alert", alert.id))
        assert {evidence.time for evidence in alert.evidence} <= times


def test_a_span_of_time_and_an_address(data: Path, tmp_path: Path) -> None:
    """The end is left out; addresses are of either side, inside or outside."""
    times = _cut(data, tmp_path / "all.pcapng", "--from", "1970-01-01")
    middle = times[len(times) // 2]
    assert _cut(data, tmp_path / "a.pcapng", "--to", str(middle)) == [time for time in times if time < middle]
    assert 0 < len(_cut(data, tmp_path / "b.pcapng", "--address", "10.11.4.20")) < len(times)


def test_a_sealed_store_asks_for_a_reason_and_keeps_it(data: Path, tmp_path: Path) -> None:
    """Without one nothing is cut out; with one it is in the audit log."""
    copied = tmp_path / "sealed"
    shutil.copytree(data, copied)
    with closing(sqlite3.connect(copied / "events.db")) as connection, connection:
        connection.execute("INSERT INTO identifiers (pseudonym, sealed) VALUES ('ps-supi-1-0', x'00')")
    output, span = tmp_path / "a.pcapng", ("--address", "10.45.0.2")
    with pytest.raises(EvidenceError, match="--reason"):
        _cut(copied, output, *span)
    with pytest.raises(TriageError, match="5 to 500"):
        _cut(copied, output, *span, "--reason", "x")
    assert not output.exists()
    with contextlib.suppress(EvidenceError):  # whether there are such packets is not what this is about
        _cut(copied, output, *span, "--reason", "case 7")
    ledger = Ledger(copied / "audit")
    (entry,) = ledger.page(Wanted(action="packets.read"), 1).entries
    assert entry.record.details["reason"] == "case 7"
    ledger.close()


def test_verify_names_what_was_changed(data: Path, tmp_path: Path) -> None:
    """Silence is no proof: it says how many packets are as they were."""
    output = tmp_path / "a.pcapng"
    count = len(_cut(data, output, "--supi", "999700000000001"))
    result = CliRunner().invoke(commands, ["evidence", "verify", str(output)])
    assert f"{count} packets, as they were cut out" in result.output
    octets = bytearray(output.read_bytes())
    octets[len(octets) // 2] ^= 0x40
    output.write_bytes(octets)
    assert isinstance(CliRunner().invoke(commands, ["evidence", "verify", str(output)]).exception, SentinelError)


def test_damage_to_what_is_sealed_is_told_and_stays_told(tmp_path: Path) -> None:
    """By a status of its own, in the manifest, and whenever that is verified."""
    add_key(tmp_path / "keys")
    writer = Ring(tmp_path / "evidence", seal=seals_of(suite, tmp_path / "keys")(EVIDENCE)).writer("n2", patient=True)
    assert writer is not None
    for capture in ATTACKS:
        reader = CaptureReader(str(capture), "n2", writer)
        while reader.read(1000) is not None:
            pass
        writer.flush()
    writer.close()
    (segment,) = (tmp_path / "evidence" / "n2").glob("*.sealed")
    octets = bytearray(segment.read_bytes())
    octets[-20] ^= 1
    segment.write_bytes(octets)
    output = tmp_path / "a.pcapng"
    command = ["evidence", "cut", "--data", str(tmp_path), "--seal-key", str(tmp_path / "keys"), "-o", str(output)]
    result = CliRunner().invoke(commands, [*command, "--from", "1970-01-01"])
    assert (result.exit_code, "1 sealed piece could not be opened" in result.output) == (3, True), result.output
    assert orjson.loads(beside(output).read_bytes())["unopened"] == 1
    result = CliRunner().invoke(commands, ["evidence", "verify", str(output)])
    assert (result.exit_code, "1 sealed piece could not be opened" in result.output) == (0, True)


def test_a_cut_of_what_no_key_opens_is_no_cut_of_nothing(tmp_path: Path) -> None:
    """It has the status of what could not be opened, and nothing is written."""
    for folder in ("keys", "others"):
        add_key(tmp_path / folder)
    writer = Ring(tmp_path / "evidence", seal=seals_of(suite, tmp_path / "keys")(EVIDENCE)).writer("n2", patient=True)
    assert writer is not None
    reader = CaptureReader(str(ATTACKS[0]), "n2", writer)
    while reader.read(1000) is not None:
        pass
    writer.flush()
    writer.close()
    output = tmp_path / "a.pcapng"
    command = ["evidence", "cut", "--data", str(tmp_path), "--seal-key", str(tmp_path / "others"), "-o", str(output)]
    result = CliRunner().invoke(commands, [*command, "--from", "1970-01-01"])
    assert (result.exit_code, "cannot be opened" in result.output) == (3, True), repr(result.exception)
    assert not output.exists()


def test_mistakes_are_said(data: Path, tmp_path: Path) -> None:
    """Nothing named, nothing found, no such alert, no data."""
    output = str(tmp_path / "x.pcapng")
    for arguments, reason in (
        (["--teid", "0x7fffffff"], "there are no such packets"), (["--alert", "none"], "there is no alert"),
        (["--flow", "here"], "is no flow"), (["--teid", "many"], "is no subject"), (["--supi", "a b"], "is no SUPI"),
    ):  # fmt: skip
        with pytest.raises(SentinelError, match=reason):
            _cut(data, Path(output), *arguments)
    result = CliRunner().invoke(commands, ["evidence", "cut", "--data", str(data), "-o", output])
    assert (result.exit_code, "name what the packets are about" in result.output) == (2, True)
    with pytest.raises(SentinelError, match="holds no data"):
        _cut(tmp_path / "nowhere", Path(output), "--teid", "0x1")
