"""IEC 104 against octets worked out by hand."""

from __future__ import annotations

from sentinel.drill.wire import iec104


def test_transfer_is_started() -> None:
    """U-format."""
    assert [octets.hex() for octets in iec104.Client().start_dt()] == ["680407000000", "68040b000000"]


def test_both_ends_count() -> None:
    """A command is confirmed and terminated; the next one acknowledges both."""
    station = iec104.Client(address=3)
    first, answers = station.single_command(200, on=True)
    assert first.hex() == "680e" + "00000000" + "2d0106000300" + "c80000" + "01"
    assert answers[2:6].hex() == "00000200"
    assert answers[18:22].hex() == "02000200"
    second, _ = station.single_command(200, on=False, select=True)
    assert second[2:].hex() == "02000400" + "2d0106000300" + "c80000" + "80"


def test_set_points_are_scaled_or_floating() -> None:
    """By the type of the value."""
    station = iec104.Client()
    assert station.set_point(1, -120)[0][6:].hex() == "310106000100" + "010000" + "88ff" + "00"
    assert station.set_point(1, 50.5)[0][6:].hex() == "320106000100" + "010000" + "00004a42" + "00"


def test_a_refusal_is_negative() -> None:
    """The P/N bit of the cause, and nothing after it."""
    _, reply = iec104.Client().double_command(7, on=True, refused=True)
    assert (len(reply), reply[8], reply[-1]) == (16, 0x47, 2)
