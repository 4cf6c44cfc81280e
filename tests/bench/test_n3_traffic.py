"""The benchmark's captures are what it says that they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from collectors.sources.capture_file import CaptureFile
from sentinel.model.event import Event
from tests.bench import n3_traffic
from tests.bench.beside import Run, same_work


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def decoded(path: Path) -> tuple[list[Event], dict[str, int]]:
    source = CaptureFile(str(path))
    events = [event for batch in source.batches() for event in batch]
    counters = source.counters()
    assert (counters["malformed"], counters["unknown"]) == (0, 0)
    assert counters["packets"] == counters["gtpu.g_pdu"]
    return events, counters


def test_the_mixture_has_its_flows_tunnels_and_sizes() -> None:
    path = n3_traffic.imix(80_000)
    events, counters = decoded(path)
    assert counters["flow.started"] == n3_traffic.FLOWS
    assert counters["gtpu.tunnel_started"] == 2 * n3_traffic.SESSIONS
    assert not [event.kind for event in events if event.kind.endswith(".malformed")]
    ports = Counter(event.fields["destination.port"] for event in events if event.kind == "flow.started")
    assert set(ports) == {53, 80, 443, 502}
    assert abs((path.stat().st_size - 24) / 80_000 - 16 - 428) < 5


def test_a_flood_has_a_tunnel_and_what_lives_a_flow_for_every_packet() -> None:
    events, counters = decoded(n3_traffic.flood(3000))
    swept = [event.fields["fiveg.monitor.count"] for event in events if event.kind == "gtpu.teid_sweep"]
    assert counters["gtpu.tunnel_started"] + sum(int(str(count)) for count in swept) == 3000
    _, counters = decoded(n3_traffic.live(3000))
    assert (counters["flow.started"], counters["gtpu.tunnel_started"]) == (3000, 1000)


def test_a_capture_is_made_once_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = n3_traffic.imix(100)
    assert n3_traffic.imix(100) == first
    octets, made = first.read_bytes(), first.stat().st_mtime_ns
    assert n3_traffic.imix(100).stat().st_mtime_ns == made
    first.unlink()
    assert n3_traffic.imix(100).read_bytes() == octets


def test_unequal_work_is_not_compared() -> None:
    def run(**counts: int) -> list[Run]:
        return [Run(1, 1, counts)]

    same_work({"sentinel": run(packets=9, flows=2), "peer": run(packets=9)})
    with pytest.raises(SystemExit, match="same work: flows"):
        same_work({"sentinel": run(packets=9, flows=2), "peer": run(packets=9, flows=3)})
