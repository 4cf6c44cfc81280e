"""Questions and answers between a service and a collector: each end takes only what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors._decode import Decoder
from sentinel.errors import EvidenceError, IngestError
from sentinel.evidence.ring import Ring
from sentinel.evidence.wanted import LARGEST, MOST_PACKETS, MOST_SPANS, Wanted, answer, check, read
from sentinel.model.capture import Record, pcapng, records
from sentinel.model.event import Frame
from tests.packets import RAW, ipv4, udp, up

START = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
ID = "0" * 16 + "-" + "f" * 16
ASKED = {"id": ID, "subjects": ["teid:0x7"], "spans": [[START, START + 5 * SECOND]]}
QUERY = ipv4(17, "10.45.0.7", "10.11.6.5", udp(40_000, 9999, b"query"))


def ring_of(folder: Path, packets: int, octets: bytes = up(QUERY, 7)) -> Ring:
    """A ring with a packet each second."""
    ring = Ring(folder)
    writer = ring.writer("eth1", patient=True)
    assert writer is not None
    Decoder("eth1", writer).decode([(START + number * SECOND, RAW, octets) for number in range(packets)])
    writer.close()
    return ring


def test_what_is_asked_is_cut_out(tmp_path: Path) -> None:
    """Of these spans, of this subject; what events told is kept."""
    ring = ring_of(tmp_path, 20)
    spans = ((START, START + 2 * SECOND), (START + 9 * SECOND, START + 10 * SECOND))
    octets, packets, more = answer(ring, Wanted(ID, ("teid:0x7",), spans))
    found = check(octets, Wanted(ID, ("teid:0x7",), spans))
    assert [(record.frame.time - START) // SECOND for record in found] == [0, 1, 9]
    assert (packets, more, found[0].frame.data) == (3, False, up(QUERY, 7))
    assert "gtpu.tunnel_started" not in found[1].comment
    assert answer(ring, Wanted(ID, ("teid:0x8",), spans))[1] == 0


def test_an_answer_fits_into_a_request(tmp_path: Path) -> None:
    """However many there are, and however large; that there are more is said."""
    large = up(ipv4(17, "10.45.0.7", "10.11.6.5", udp(40_000, 502, bytes(8000))), 7)  # industrial: kept whole
    ring = ring_of(tmp_path, 600, large)
    octets, packets, more = answer(ring, Wanted(ID, ("teid:0x7",), ((START, START + 600 * SECOND),)))
    assert len(octets) <= LARGEST
    assert 0 < packets < 120
    assert more
    assert len(check(octets, read({**ASKED, "spans": [[START, START + 600 * SECOND]]}))) == packets <= MOST_PACKETS


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../etc/passwd"},
        {"id": 7},
        {"subjects": []},
        {"subjects": [""]},
        {"subjects": ["x" * 257]},
        {"subjects": ["teid:1"] * 257},
        {"subjects": "teid:1"},
        {"spans": []},
        {"spans": [[START, START]]},
        {"spans": [[-1, START]]},
        {"spans": [[START, 2**63]]},
        {"spans": [[0, START]]},
        {"spans": [[START, START + 1, 3]]},
        {"spans": [[START, START + 1]] * (MOST_SPANS + 1)},
    ],
    ids=repr,
)
def test_a_question_that_is_none_or_about_everything_is_refused(change: dict[str, object]) -> None:
    """A collector does not believe its service everything."""
    assert read(ASKED).document() == ASKED
    with pytest.raises(EvidenceError):
        read({**ASKED, **change})


def _capture(time: int = START, length: int = 100) -> bytes:
    return pcapng([Record(Frame(time, RAW, QUERY), length, "gtpu.tunnel_started")])


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"nothing",
        _capture() + b"hidden",
        _capture() + _capture(),
        _capture(time=START + 5 * SECOND),
        _capture(time=START - 1),
        _capture(length=3),
        _capture()[:-1],
        _capture().replace(b"gtpu.", b"gtpu\xff"),
        _capture() + bytes(LARGEST),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_refused(octets: bytes) -> None:
    """Octet by octet: nothing else is hidden in it."""
    [record] = check(_capture(), read(ASKED))
    assert (record.frame.data, record.length, record.comment) == (QUERY, 100, "gtpu.tunnel_started")
    assert check(pcapng([]), read(ASKED)) == []
    with pytest.raises(IngestError):
        check(octets, read(ASKED))


def test_every_octet_counts() -> None:
    """One that is flipped gives other packets or none, never an error of ours."""
    whole = _capture()
    for at in range(len(whole)):
        mutant = whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :]
        try:
            found = check(mutant, read(ASKED))
        except IngestError:
            continue
        assert found == records(mutant) != records(whole)
