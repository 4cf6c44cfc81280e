"""The ladder: who the endpoints are, and what cannot be drawn."""

from __future__ import annotations

import pytest

from sentinel.model.event import Value
from sentinel.web.ladder import ladder, svg


def _document(kind: str, source: str, destination: str, **more: Value) -> dict[str, Value]:
    return {"event.action": kind, "event.id": f"id-{kind}", "source.ip": source, "destination.ip": destination, **more}


@pytest.mark.parametrize(
    ("document", "roles"),
    [
        (_document("ngap.ng_setup_request", "g", "a", **{"destination.port": 38412}), ("gNB", "AMF")),
        (_document("nas.authentication_request", "a", "g", **{"source.port": 38412}), ("AMF", "gNB")),
        (_document("flow.started", "t", "a", **{"source.port": 38412}), ("", "")),
        (_document("pfcp.session_deletion_request", "s", "u"), ("SMF", "UPF")),
        (_document("pfcp.session_deletion_response", "u", "s"), ("UPF", "SMF")),
        (_document("pfcp.heartbeat_request", "x", "y"), ("", "")),
        (_document("gtpu.tunnel_started", "10.45.0.2", "h", **{"fiveg.gtpu.teid": "0x1"}), ("UE", "")),
        (_document("flow.started", "h", "t", **{"fiveg.gtpu.teid": "0x1", "fiveg.gtpu.pdu_type": "dl"}), ("", "UE")),
    ],
)
def test_roles(document: dict[str, Value], roles: tuple[str, str]) -> None:
    """From the port, the message's direction, or the tunnel; never guessed."""
    message = ladder([(0, document)], {}, {}).messages[0]
    assert message.source is not None
    assert message.destination is not None
    assert (message.source.role, message.destination.role) == roles


def test_lifelines_stand_in_the_order_of_the_network_and_have_the_sites_names() -> None:
    """Terminal, gNB, AMF, SMF, UPF, others; offsets count from the first message."""
    drawn = ladder(
        [
            (5, _document("pfcp.session_establishment_request", "10.11.4.30", "10.11.4.20")),
            (9, _document("nas.registration_request", "10.11.2.101", "10.11.2.10", **{"destination.port": 38412})),
        ],
        {"10.11.4.20": "upf1"},
        {},
    )
    assert [(end.role, end.name) for end in drawn.endpoints] == [("gNB", ""), ("AMF", ""), ("SMF", ""), ("UPF", "upf1")]
    assert [message.offset for message in drawn.messages] == [0, 4]
    assert "UPF · upf1" in svg(drawn, "x", "")


def test_what_has_no_endpoints_is_a_note_and_text_is_escaped() -> None:
    """A derived event, an event that talks to itself, a hostile name."""
    drawn = ladder(
        [(0, {"event.action": "gnb.silent<script>", "event.id": '"'}), (1, _document("flow.started", "a", "a"))], {}, {}
    )
    picture = svg(drawn, '"><script>', "")
    assert 'class="note"' in picture
    assert "<path" in picture
    assert "<script>" not in picture


def test_nothing_is_an_empty_picture() -> None:
    """An alert may name no events."""
    assert svg(ladder([], {}, {}), "x", "").startswith("<svg")


def test_who_is_not_in_the_plan_is_no_smf_for_speaking_like_one() -> None:
    """By the plan where there is one; a terminal or a server needs to be in none."""
    plan = {"10.11.4.20": "UPF", "10.11.4.30": "SMF"}
    asked = _document("pfcp.session_deletion_request", "10.11.4.99", "10.11.4.20")
    flow = _document("flow.started", "10.45.0.2", "h", **{"fiveg.gtpu.teid": "0x1"})
    drawn = ladder([(0, asked), (1, flow)], {}, plan)
    told = {end.address: (end.role, end.stranger) for end in drawn.endpoints}
    assert told == {
        "10.11.4.99": ("", True),
        "10.11.4.20": ("UPF", False),
        "10.45.0.2": ("UE", False),
        "h": ("", False),
    }
    assert svg(drawn, "x", "不在规划中").count("不在规划中") == 1
