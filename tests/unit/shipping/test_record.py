"""Records: what is whole is found, whatever stands between."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from sentinel.shipping.record import packed, records


def found(path: Path, octets: bytes, at: int = 0) -> list[tuple[int, bytes, int]]:
    path.write_bytes(octets)
    return [(record.number, record.octets, record.torn) for record in records(path, at)]


def test_a_record_says_its_number_and_where_it_ends(tmp_path: Path) -> None:
    first, second = packed(7, b"seven"), packed(9, b"")
    assert found(tmp_path / "x", first + second) == [(7, b"seven", 0), (9, b"", 0)]
    assert [record.end for record in records(tmp_path / "x", 0)] == [len(first), len(first + second)]
    assert found(tmp_path / "x", first + second, len(first)) == [(9, b"", 0)]
    assert list(records(tmp_path / "nothing", 0)) == []


@given(st.lists(st.binary(max_size=40) | st.just(packed(1, b"")[:9])), st.sampled_from([0, 5, 16_380, 16_384, 70_000]))
def test_whole_records_are_found_between_anything(junk: list[bytes], pad: int) -> None:
    """Also marks that begin no record, and a record across the border of what is searched at once."""
    parts = [part + b"?" * pad for part in junk]
    octets = b"".join(part + packed(number, b"%d" % number) for number, part in enumerate(parts))
    with TemporaryDirectory() as folder:
        assert found(Path(folder, "x"), octets + b"tail") == [
            (number, b"%d" % number, len(part)) for number, part in enumerate(parts)
        ]
