"""HTTP/2 against octets worked out by hand from RFC 9113 and RFC 7541."""

from __future__ import annotations

from sentinel.drill.wire import http2


def test_a_connection_begins_with_preface_and_settings() -> None:
    """And each end acknowledges."""
    (first, answer), (last, nothing) = http2.Client("nrf").connect()
    assert first == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000006040000000000" + "000300000080")
    assert answer[-9:] == last == bytes.fromhex("000000040100000000")
    assert nothing == b""


def test_a_request_is_headers_and_data_of_a_stream() -> None:
    """Indexed where the static table has the field, else literal."""
    nrf = http2.Client("nrf")
    request, answer = nrf.request("POST", "/x", b"{}", status=204)
    assert request[:9].hex()[6:] == "0104" + "00000001"
    assert request[9:11].hex() == "8386"
    assert request[11:].startswith(b"\x00\x0a:authority\x03nrf\x00\x05:path\x02/x")
    assert request.endswith(bytes.fromhex("000002000100000001") + b"{}")
    assert answer.hex() == "000001010500000001" + "89"
    assert nrf.request("GET", "/")[0][5:9].hex() == "00000003"


def test_a_long_value_has_a_long_length() -> None:
    """RFC 7541, 5.1: 127, and what is more."""
    request, _ = http2.Client("nrf").request("GET", "/" + "a" * 199)
    assert b":path\x7f\x49/aaa" in request


def test_a_stream_is_cancelled() -> None:
    """RST_STREAM of the stream that was opened."""
    octets, _ = http2.Client("nrf").reset()
    assert octets[-13:].hex() == "000004030000000001" + "00000008"
