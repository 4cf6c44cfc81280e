"""OPC UA against octets worked out by hand from OPC 10000-6."""

from __future__ import annotations

from sentinel.drill.wire import opcua


def test_nodes_and_values_are_encoded() -> None:
    """5.2.2.9 and 5.2.2.16."""
    assert opcua.node_id("ns=2;s=Ab").hex() == "030200" + "02000000" + "4162"
    assert opcua.node_id("ns=4;i=77").hex() == "01044d00"
    assert opcua.node_id("i=2253").hex() == "0100cd08"
    values = (True, -1, 1.5, "x")
    assert [opcua.variant(value).hex() for value in values] == [
        "0101", "06ffffffff", "0b000000000000f83f", "0c0100000078",
    ]  # fmt: skip


def test_a_session_is_opened_in_four_steps() -> None:
    """Every chunk is as long as it says, and every message has the next sequence number."""
    steps = opcua.Client("opc.tcp://plc:4840").connect()
    chunks = [octets for exchange in steps for octets in exchange]
    assert [octets[:4] for octets in chunks] == [b"HELF", b"ACKF", *[b"OPNF"] * 2, *[b"MSGF"] * 4]
    assert [int.from_bytes(octets[4:8], "little") for octets in chunks] == [len(octets) for octets in chunks]
    assert [octets[16:20].hex() for octets in chunks[4:]] == ["02000000"] * 2 + ["03000000"] * 2


def test_requests_have_the_token_of_the_session() -> None:
    """And answers their request's number."""
    client = opcua.Client("opc.tcp://plc:4840")
    client.connect()
    request, reply = client.write(("i=1", 7))
    assert request[24:32].hex() == "0100a102" + "01016712"
    assert request[20:24] == reply[20:24]
    assert reply.endswith(bytes.fromhex("01000000" + "00000000" + "ffffffff"))


def test_a_user_may_be_named() -> None:
    """User name token, its password in clear."""
    octets = b"".join(request for request, _ in opcua.Client("opc.tcp://plc:4840").connect("ann", "made-up"))
    assert b"\x03\x00\x00\x00ann\x07\x00\x00\x00made-up" in octets
