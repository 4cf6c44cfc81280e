from __future__ import annotations

from sentinel.state.contexts import UeContext
from sentinel.state.identity import Identity
from sentinel.state.sessions import Session
from sentinel.state.telling import context_told, session_told

KNOWN = Identity("999700000000001", source="N4")


def test_whose_it_is_has_to_be_known() -> None:
    assert session_told(Session(ref="r"), 5) is None
    assert context_told(UeContext(association=(("10.11.2.101", 1), ("10.11.2.10", 2))), 5) is None
    assert context_told(UeContext(identity=KNOWN), 5) is None


def test_the_latest_ends_of_a_tunnel_are_told() -> None:
    session = Session(
        KNOWN, "5@u/1", 5, uls=(("u", "1"),), dls=(("g1", "2"), ("g2", "3")), headers=(("x", "9"),), creator="s"
    )
    told = session_told(session, 7)
    assert told is not None
    assert (told.key, told.time, told.over) == ("5@u/1", 7, False)
    assert (told.fields["uplink"], told.fields["downlink"], told.fields["seid"]) == ("u/1", "g2/3", "u/1")
    session.ended = 8
    assert session_told(session, 8).over  # type: ignore[union-attr]


def test_what_only_n4_knows_has_the_headers_that_n4_made() -> None:
    told = session_told(Session(KNOWN, "r", headers=(("g", "4"),)), 5)
    assert told is not None
    assert told.fields["downlink"] == "g/4"
    assert "seid" not in told.fields
