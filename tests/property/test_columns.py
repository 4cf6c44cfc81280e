"""Columns are the fields of the Events that would have been made, cell by cell, whatever the capture."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import compress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors._decode import Batch, CaptureReader, Column, ColumnReader, Event
from collectors.columns import Columns
from sentinel.errors import InputError
from sentinel.model.fields import CATALOGUE
from tests import packets as p
from tests.property.test_decoder import packets

TRACES = Path(__file__).parent.parent / "traces"
REAL = os.environ.get("SENTINEL_CAPTURES", "")
CAPTURES = sorted(
    path
    for folder in (TRACES, *([Path(REAL)] if REAL else []))
    for path in folder.rglob("*")
    if path.suffix in {".pcap", ".pcapng", ".cap"}
)


def _events(path: Path) -> tuple[list[Event], dict[str, int]]:
    reader, events = CaptureReader(str(path), "any"), []
    while (batch := reader.read(500)) is not None:
        events += batch
    return events, reader.counters()


def _expected(event: Event, name: str) -> object:
    if name in {"time", "packet"}:
        return getattr(event, name)
    value = event.fields.get(name)
    return value[0] if isinstance(value, tuple) else value


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_row_is_its_event(capture: Path) -> None:
    try:
        events, counters = _events(capture)
    except ValueError:
        pytest.skip("no capture")
    columns, at = Columns(str(capture)), 0
    for batch in columns:
        part = events[at : at + len(batch)]
        at += len(batch)
        for name in batch.columns:
            assert batch[name].tolist() == [_expected(event, name) for event in part], name
    assert at == len(events)
    assert columns.counters() == counters


def _cells(column: Column) -> Iterator[object]:
    """The cells, out of the memory alone."""
    for value, valid in zip(column.values, column.valid, strict=True):
        if not valid:
            assert value == 0
            yield None
        else:
            yield column.texts[value] if column.texts is not None else value


def _read(path: str, packets: int = 7) -> list[Batch]:
    reader, batches = ColumnReader(path), []
    while (batch := reader.read(packets)) is not None:
        batches.append(batch)
    return batches


@given(st.lists(packets(), max_size=10))
def test_memory_counts_and_lists_say_the_same(packets: list[bytes]) -> None:
    with tempfile.NamedTemporaryFile() as capture:
        Path(capture.name).write_bytes(p.pcap(packets))
        events, _ = _events(Path(capture.name))
        batches = _read(capture.name)
    assert sum(map(len, batches)) == len(events)
    at = 0
    for batch in batches:
        part = events[at : at + len(batch)]
        at += len(batch)
        for name in batch.columns:
            column, expected = batch[name], [_expected(event, name) for event in part]
            assert column.tolist() == expected
            assert column.counts() == Counter(expected)
            assert len(column) == len(column.values) == len(column.valid) == len(batch)
            if column.texts is not None:
                assert list(_cells(column)) == expected
            else:
                assert list(_cells(column)) == [_number(name, cell) for cell in expected]


def _number(name: str, shown: object) -> int | None:
    """The number that an Event shows, as text or as it is."""
    if isinstance(shown, str):
        return int(shown, 16 if name == "fiveg.nas.mac" else 0)
    return None if shown is None else int(shown)  # type: ignore[call-overload]


def test_a_malformed_message_is_a_row_too(tmp_path: Path) -> None:
    path = tmp_path / "n2.pcap"
    path.write_bytes(p.pcap([p.n2(p.data(1, p.NG_SETUP_REQUEST[:20])), p.n2(p.data(2, p.NG_SETUP_REQUEST))]))
    (batch, *_) = _read(str(path))
    assert batch["event.action"].tolist() == ["ngap.malformed", "ngap.ng_setup_request"]
    assert batch["fiveg.malformed.reason"].tolist() == ["the PDU ends inside its message", None]


def test_codes_of_names_stay_and_values_are_compact(tmp_path: Path) -> None:
    path = tmp_path / "n2.pcap"
    path.write_bytes(p.pcap([p.n2(p.data(number, p.NG_SETUP_REQUEST)) for number in range(200)]))
    kinds = [batch["event.action"] for batch in _read(str(path)) if len(batch)]
    assert len(kinds) > 2
    assert {value for kind in kinds for value in kind.values} == {0}
    assert {kind.texts[:1] for kind in kinds if kind.texts} == {("ngap.ng_setup_request",)}
    assert [kinds[0].values.itemsize, kinds[0].values.readonly] == [2, True]


def test_nothing_is_told_from_zero(tmp_path: Path) -> None:
    path = tmp_path / "n2.pcap"
    path.write_bytes(p.pcap([p.n2(p.data(1, p.NG_SETUP_REQUEST), p.data(2, p.REGISTRATION_REQUEST))]))
    (batch, *_) = _read(str(path))
    header = batch["fiveg.nas.security_header"]
    assert list(compress(batch["event.action"].tolist(), header.valid)) == ["nas.registration_request"]
    assert header.tolist()[-1] == 0


def test_columns_are_fields_of_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "none.pcap"
    path.write_bytes(p.pcap([]))
    batch = ColumnReader(str(path)).read(1)
    assert batch is not None
    assert set(batch.columns) <= {*CATALOGUE, "time", "packet"}
    assert len(set(batch.columns)) == len(batch.columns)
    with pytest.raises(KeyError, match=r"fiveg\.nothing"):
        batch["fiveg.nothing"]


def test_what_is_no_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("not a capture at all")
    with pytest.raises(InputError, match="expected pcap or pcapng"):
        Columns(str(path))
    with pytest.raises(InputError, match="no such file"):
        Columns(str(tmp_path / "none"))
