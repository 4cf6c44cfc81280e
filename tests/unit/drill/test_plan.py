"""The demo network's names and numbers."""

from __future__ import annotations

import pytest

from sentinel.drill.plan import GNB1, TERMINALS, plmn_octets


@pytest.mark.parametrize(("plmn", "octets"), [("99970", "99f907"), ("310260", "130062"), ("00101", "00f110")])
def test_plmn_octets(plmn: str, octets: str) -> None:
    """Two and three digits of MNC (TS 24.501 clause 9.11.3.4)."""
    assert plmn_octets(plmn).hex() == octets


def test_an_imei_ends_in_its_check_digit() -> None:
    """Luhn's sum of all fifteen digits is a multiple of ten."""
    for terminal in TERMINALS.values():
        doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(terminal.imei)]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_terminals_have_addresses_of_their_own() -> None:
    """In each data network."""
    addresses = [terminal.address(dnn) for terminal in TERMINALS.values() for dnn in ("internet", "ot")]
    assert len(set(addresses)) == len(addresses)


def test_a_cell_carries_its_gnb() -> None:
    """36 bits: 32 of the gNB id, 4 of the cell."""
    assert GNB1.cell.nci >> 4 == GNB1.id
