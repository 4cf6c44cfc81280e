"""Modbus/TCP against the examples of its specification (clause 6)."""

from __future__ import annotations

from sentinel.drill.wire import modbus


def test_requests_and_answers_share_their_transaction() -> None:
    """Clause 6.3: registers 108 to 110."""
    request, reply = modbus.Client(unit=17).read(107, [555, 0, 100])
    assert request.hex() == "000100000006" + "11" + "03006b0003"
    assert reply.hex() == "000100000009" + "11" + "0306022b00000064"


def test_one_register_and_more() -> None:
    """Clauses 6.6 and 6.12."""
    master = modbus.Client()
    assert [octets[7:].hex() for octets in master.write(1, 3)] == ["0600010003", "0600010003"]
    assert [octets[7:].hex() for octets in master.write(1, 10, 258)] == ["100001000204000a0102", "1000010002"]
    assert master.write_coils(19, [True, False, True, True])[0][:6].hex() == "000300000008"


def test_who_listens_only_does_not_answer() -> None:
    """Clause 6.8."""
    request, reply = modbus.Client().diagnostics(modbus.LISTEN_ONLY)
    assert (request[7:].hex(), reply) == ("0800040000", b"")


def test_a_refusal_has_the_transaction_and_the_function() -> None:
    """Clause 7."""
    master = modbus.Client()
    _, reply = master.refused(master.write_coil(0x4A1, on=True))
    assert reply.hex() == "000100000003" + "01" + "8502"
