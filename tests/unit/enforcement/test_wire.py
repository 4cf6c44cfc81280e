"""Changes go over the wire as they are, and nothing but addresses, protocols and ports comes out of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sentinel.enforcement.feed import Changes, Element
from sentinel.enforcement.wire import decode, encode
from sentinel.errors import EnforcementError

WHOLE = Changes(
    "e", 7, True,
    {Element("permits", ("10.45.1.11", "10.11.6.50", "tcp", "502")): 60.0, Element("quarantine", ("fd00::1",)): 5.5},
    (Element("flows", ("fd00::1", "fd00::2", "udp", "53")),),
)  # fmt: skip
GOOD: list[Any] = ["permits", ["10.45.1.11", "10.11.6.50", "tcp", "502"], 60]


def test_there_and_back() -> None:
    assert decode(encode(WHOLE)) == WHOLE


@pytest.mark.parametrize(
    "put",
    [
        ["pools", ["10.0.0.0"], 60], ["permits", ["10.45.1.11"], 60], ["permits", [*GOOD[1][:3], "502; flush ruleset"], 60],
        ["permits", ["10.45.1.11", "fd00::1", "tcp", "502"], 60], ["permits", ["x", "10.0.0.1", "tcp", "502"], 60],
        ["permits", [*GOOD[1][:2], "icmp", "0"], 60], ["permits", [*GOOD[1][:3], "65536"], 60],
        ["permits", GOOD[1], 0], ["permits", GOOD[1], -1], ["permits", GOOD[1], 1e12], ["permits", GOOD[1], "60"],
        ["permits", GOOD[1]], 7, None,
        ["quarantine", ["fe80::1%x"], 60], ["flows", ["fd00::1", "fe80::1%x", "udp", "53"], 60],
    ],
)  # fmt: skip
def test_what_is_no_element_is_refused_with_all_that_came_with_it(put: Any) -> None:
    document = {"epoch": "e", "sequence": 1, "whole": True, "put": [GOOD, put], "removed": []}
    with pytest.raises(EnforcementError, match="no changes of a feed"):
        decode(orjson.dumps(document))


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b"{}", b"7", b'{"epoch": 1, "sequence": 1, "whole": 1, "put": [], "removed": []}']
)
def test_what_is_no_document_is_refused(octets: bytes) -> None:
    with pytest.raises(EnforcementError):
        decode(octets)
