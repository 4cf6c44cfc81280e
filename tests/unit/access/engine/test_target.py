from __future__ import annotations

import pytest

from sentinel.access.engine.target import target
from sentinel.model.access import Resource, application

PLC = application("plc", "10.60.0.10", 502, "tcp")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("any", True), ("app:plc", True), ("app:scada", False), ("nf:plc", False), ("app:plc/10.60.0.10:502/tcp", True),
        ("app:scada/10.60.0.10:502/tcp", False), ("app:plc/10.60.0.10:503/tcp", False), ("app:plc/10.60.0.10:502/udp", False),
        ("net:10.60.0.0/24", True), ("net:10.60.1.0/24", False), ("net:10.60.0.10:500-502", True),
        ("net:10.60.0.10:503-600", False), ("net:0.0.0.0/0", True), ("net:[::]/0", False), ("app:plc/10.60.0.8/30", True),
    ],
)  # fmt: skip
def test_a_pattern_means_what_it_says(text: str, meant: bool) -> None:
    assert target(text).matches(PLC) is meant


def test_a_network_function_lies_in_no_network() -> None:
    amf = Resource("nf", "amf")
    assert target("nf:amf").matches(amf)
    assert not target("net:0.0.0.0/0").matches(amf)
    assert target("any").matches(amf)


@pytest.mark.parametrize(
    "text",
    ["", "app:", "net:plc", "app:plc|x", "app:a b", "nf:amf/10.0.0.1", "net:10.0.0.1/24", "net:300.0.0.1", "net:10.0.0.1/33",
     "net:10.0.0.1:70000", "net:10.0.0.1:5-4", "net:10.0.0.1:5/tcpp", "net:[::ffff:10.0.0.0]/120", "http:GET", "net:10.0.0.1/0"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|are no|holds addresses of IPv4"):
        target(text)
