"""What is counted of events, and for whom."""

from __future__ import annotations

import pytest

from sentinel.forecast.counters import Counters
from sentinel.model.event import AnnotatedEvent, Event, PlainEvent, Value

SUPI = "999700000000001"


def seen(kind: str, facts: dict[str, Value] | None = None, **fields: Value) -> Event:
    """An event with what State says of it."""
    flat = {name.replace("__", "."): value for name, value in fields.items()}
    plain = PlainEvent(kind, 0, "0", "test", 0, {"event.action": kind, **flat})
    return AnnotatedEvent(plain, facts) if facts else plain


def counted(*events: Event) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """The numbers of a period with these events."""
    counters = Counters()
    for event in events:
        counters.kinds[event.kind](event)
    return counters.close()


def test_flows_are_their_terminals_and_slices() -> None:
    """Octets and packets each second, flows each minute, and destinations that differ."""
    whose: dict[str, Value] = {"fiveg.supi": SUPI, "fiveg.dnn": "ot", "fiveg.snssai.sst": 2}
    terminals, network = counted(
        seen("flow.started", whose, destination__ip="a"), seen("flow.started", whose, destination__ip="a"),
        seen("flow.started", whose, destination__ip="b"), seen("flow.started", destination__ip="c"),
        seen("flow.ended", whose, network__bytes=3000, network__packets=30, event__duration=5),
    )  # fmt: skip
    assert terminals == {
        ("terminal.flows", SUPI): pytest.approx(0.6), ("terminal.peers", SUPI): 2.0,
        ("terminal.octets", SUPI): 10.0, ("terminal.packets", SUPI): 0.1,
    }  # fmt: skip
    assert network == {("slice.octets", "ot", "2", ""): 10.0, ("site.octets",): 10.0}


def test_a_flow_that_goes_on_counts_once() -> None:
    """Each account says the whole; what was told before is taken off."""
    whose: dict[str, Value] = {"fiveg.supi": SUPI}
    counters = Counters()
    told = []
    for kind, octets in (("flow.updated", 3000), ("flow.updated", 9000), ("flow.ended", 9600)):
        counters.kinds[kind](seen(kind, whose, source__ip="a", network__bytes=octets, event__duration=900 * 10**9))
        told.append(counters.close()[0]["terminal.octets", SUPI])
    assert told == [10.0, 20.0, 2.0]


def test_signalling_is_its_base_stations_and_its_amfs() -> None:
    """A message inside another is not counted again, nor a release for another reason."""
    at: dict[str, Value] = {"fiveg.gnb.address": "g"}
    _, network = counted(
        seen("nas.registration_request", at, destination__ip="amf"),
        seen("nas.registration_request", at, destination__ip="amf", fiveg__nas__contained=True),
        seen("nas.service_request", at), seen("ngap.handover_required", at),
        seen("ngap.ue_context_release_request", at, fiveg__ngap__cause="radio_network.radio_connection_with_ue_lost"),
        seen("ngap.ue_context_release_request", at, fiveg__ngap__cause="radio_network.user_inactivity"),
    )  # fmt: skip
    assert {key: round(value, 3) for key, value in network.items()} == {
        ("gnb.registrations", "g"): 0.2, ("amf.registrations", "amf"): 0.2, ("gnb.services", "g"): 0.2,
        ("gnb.handovers", "g"): 0.2, ("gnb.radio_losses", "g"): 0.2,
    }  # fmt: skip


def test_sessions_stay_until_they_are_told_otherwise() -> None:
    """A quiet period has as many as the one before; those of all UPFs are the site's."""
    counters = Counters()
    for upf, alive in (("u1", 4), ("u2", 7)):
        event = seen("pfcp.session_establishment_request", {"fiveg.pfcp.live_sessions": alive}, destination__ip=upf,
                     fiveg__dnn="ot")  # fmt: skip
        counters.kinds[event.kind](event)
    first, second = counters.close()[1], counters.close()[1]
    assert (first["upf.sessions", "u1"], first["site.sessions",]) == (5.0, 13.0)
    assert first["slice.establishments", "ot", "", ""] == pytest.approx(0.4)
    assert second == {("upf.sessions", "u1"): 5.0, ("upf.sessions", "u2"): 8.0, ("site.sessions",): 13.0}


def test_what_is_kept_goes_on() -> None:
    """Dumped in the middle of a period."""
    one, other = Counters(), Counters()
    one.kinds["flow.started"](seen("flow.started", {"fiveg.supi": SUPI}, destination__ip="a"))
    other.load(one.dump())
    assert other.close() == one.close() != ({}, {})
