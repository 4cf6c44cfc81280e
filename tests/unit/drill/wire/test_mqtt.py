"""MQTT 3.1.1 against octets worked out by hand."""

from __future__ import annotations

from sentinel.drill.wire import mqtt


def test_a_connection_says_what_it_has() -> None:
    """User, password and will in the flags, and in this order behind the id."""
    request, reply = mqtt.Client("c").connect("u", "p", will=("t", "w"))
    assert request.hex() == "1019" + "00044d515454" + "04c6003c" + "000163" + "000174" + "000177" + "000175" + "000170"
    assert reply.hex() == "20020000"


def test_each_quality_of_service_has_its_packets() -> None:
    """One, two, four."""
    client = mqtt.Client("c")
    assert client.publish("t", b"x") == [(bytes.fromhex("3004000174") + b"x", b"")]
    assert client.publish("t", b"x", 1, retain=True) == [
        (bytes.fromhex("330600017400") + b"\x01x", b"\x40\x02\x00\x01")
    ]
    kinds = [octets[0] for exchange in client.publish("t", b"x", 2) for octets in exchange]
    assert kinds == [0x34, 0x50, 0x62, 0x70]


def test_a_long_packet_has_a_long_length() -> None:
    """200 octets and the topic."""
    assert mqtt.Client("c").publish("t", bytes(200))[0][0][:3].hex() == "30cb01"
