"""Values as they are compared: folding, numbers, addresses, dates."""

from __future__ import annotations

import pytest

from sentinel.detection import views
from sentinel.detection.views import READERS, View
from sentinel.model.event import Scalar, Value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("NEA0", "nea0"),
        ("Straße Ü", "straße Ü"),
        ("\u212a", "\u212a"),  # KELVIN SIGN stays apart from k
        (True, "true"),
        (5, "5"),
        (5.0, "5"),
        (5.5, "5.5"),
    ],
)
def test_text_is_canonical_and_folds_ascii_only(value: Scalar, expected: str) -> None:
    assert views.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("42", 42), ("-1.5", -1.5), (7, 7), (True, None), ("0x10", None), ("1_000", None), ("nan", None), ("٣", None)],
)
def test_numbers_are_numbers_and_decimal_text(value: Scalar, expected: float | None) -> None:
    assert views.number(value) == expected


def test_addresses_share_one_space() -> None:
    assert views.address("::ffff:10.1.1.1") == views.address("10.1.1.1")
    assert views.address_text("::FFFF:10.1.1.1") == "10.1.1.1"
    assert views.address_text("2001:DB8:0::1") == "2001:db8::1"
    assert views.address("amf.example") is None
    assert views.address_text("AMF.example") == "amf.example"


def test_a_network_is_a_range() -> None:
    low, high = views.network("10.0.0.0/8")
    inside = views.address("::ffff:10.2.3.4")
    assert inside is not None
    assert low <= inside <= high


@pytest.mark.parametrize(
    ("view", "expected"),
    [(View.MINUTE, 5), (View.HOUR, 4), (View.DAY, 21), (View.WEEK, 47), (View.MONTH, 11), (View.YEAR, 2026)],
)
def test_parts_of_a_date(view: View, expected: int) -> None:
    read = READERS[view]
    assert (read("2026-11-21T06:05:31+02:00"), read(1_795_233_931), read("soon")) == (expected, expected, None)


@pytest.mark.parametrize(("value", "expected"), [(None, None), ("A", "a"), (("A", 1), ("a", "1")), ((), ())])
def test_a_reader_keeps_absence_and_several_values(value: Value | None, expected: views.Sight) -> None:
    assert READERS[View.TEXT](value) == expected


def test_a_field_without_values_is_absent() -> None:
    assert [views.present(value) for value in (None, (), "", 0)] == [False, False, True, True]
