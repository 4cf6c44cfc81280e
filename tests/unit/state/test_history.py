"""Identity over time: who held what, as of any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import StoreError
from sentinel.site import SitePlan
from sentinel.state import State
from sentinel.state.history import History
from tests.sealed import personal
from tests.unit.state.conftest import SECOND, Make
from tests.unit.state.test_identity import AMF, CP, SUPI, UP, session, ue

DAY = 24 * 3600 * SECOND


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "identity.db")


def holders(history: History, kind: str, key: str, at: int) -> list[str]:
    history.flush(0)
    return [held.holder for held in history.holders(kind, key, at)]


def test_an_interval_has_a_beginning_and_an_end(history: History) -> None:
    history.hold("address", "10.0.0.1", 10, "a", {"fiveg.supi": "1"})
    history.release("address", "10.0.0.1", "a", 20)
    assert [holders(history, "address", "10.0.0.1", at) for at in (9, 10, 19, 20)] == [[], ["a"], ["a"], []]


def test_who_comes_later_ends_it_unless_both_hold_it(history: History) -> None:
    history.hold("address", "x", 10, "a", {})
    history.hold("address", "x", 20, "b", {})
    history.hold("address", "x", 30, "c", {}, shared=True)
    assert holders(history, "address", "x", 15) == ["a"]
    assert holders(history, "address", "x", 25) == ["b"]
    assert holders(history, "address", "x", 35) == ["c", "b"]


def test_what_is_said_twice_is_one_interval_with_the_latest_knowledge(history: History) -> None:
    for _ in range(2):
        history.hold("teid", "u/1", 10, "a", {})
        history.hold("teid", "u/1", 10, "a", {"fiveg.supi": "1", "fiveg.plmn": ("99970",)})
        history.release("teid", "u/1", "a", 20)
        history.flush(0)
    (held,) = history.holders("teid", "u/1", 15)
    assert (held.since, held.until, dict(held.facts)) == (10, 20, {"fiveg.supi": "1", "fiveg.plmn": ("99970",)})
    assert [held.key for held in history.holdings("1", 15, 30)] == ["u/1"]
    assert history.holdings("", 0, 30) == []
    assert history.count() == 1


def test_what_ended_long_ago_is_forgotten_and_what_lasts_is_not(history: History) -> None:
    for name in "ab":
        history.hold("address", name, 1, name, {})
    history.release("address", "a", "a", 2)
    history.flush(29 * DAY)
    assert history.count() == 2
    history.flush(31 * DAY)
    assert history.count() == 1
    assert [held.holder for held in history.holders("address", "b", 31 * DAY)] == ["b"]


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        History(tmp_path / "file" / "identity.db")


def test_state_tells_the_life_of_a_session(make: Make, site: SitePlan, history: History) -> None:
    state = State(site, history)
    events = [
        *session(make),
        make("pfcp.session_deletion_request", **CP, fiveg__pfcp__seid="0xb", fiveg__pfcp__sequence=8),
        make("pfcp.session_deletion_response", **UP, fiveg__pfcp__sequence=8, fiveg__pfcp__cause=1),
        *session(make, "2"),
    ]
    for event in events:
        state.take(event)
    history.flush(0)

    def who(kind: str, key: str, at: int) -> list[object]:
        return [held.facts.get("fiveg.supi") for held in history.holders(kind, key, events[at].time)]

    for kind, key in (("address", "10.45.0.2"), ("teid", "10.11.3.20/0x00000011"), ("seid", "10.11.4.20/0xb")):
        assert [who(kind, key, at) for at in (1, 2, 3, 5)] == [[SUPI], [SUPI], [], ["2"]], kind


def test_state_tells_who_had_a_temporary_identity_and_an_n2_context(make: Make, history: History) -> None:
    state = State(None, history)
    events = [
        ue("ngap.initial_ue_message", make),
        ue("nas.registration_request", make, fiveg__suci="a", fiveg__supi=SUPI),
        ue("nas.registration_accept", make, amf="9", side=AMF, fiveg__tmsi="0xc0000001", fiveg__guti="99970-2-1-0-c0000001"),
        ue("ngap.ue_context_release_complete", make, amf="9"),
    ]  # fmt: skip
    for event in events:
        state.take(event)
    history.flush(0)
    (held,) = history.holders("guti", "0xc0000001", events[3].time)
    assert (held.facts["fiveg.supi"], held.facts["fiveg.guti"]) == (SUPI, "99970-2-1-0-c0000001")
    assert [each.holder for each in history.holders("context", "10.11.2.101/1", events[2].time)] == [SUPI]
    assert history.holders("context", "10.11.2.101/1", events[3].time) == []


def test_identifiers_are_sealed(tmp_path: Path) -> None:
    """No SUPI is in the file; who decides on access is told it all the same, and asks by it."""
    supi = "999700000000001"
    sealing = personal(tmp_path)
    history = History(tmp_path / "identity.db", sealing=sealing)
    for since in (1, 2):
        history.hold("address", "10.45.0.2", since, "session 1", {"fiveg.supi": supi, "fiveg.dnn": "ot"})
    history.hold("context", "10.11.2.101/1", 1, supi, {"fiveg.supi": supi})
    history.release("context", "10.11.2.101/1", supi, 4)
    history.flush(5)
    assert history.holders("context", "10.11.2.101/1", 5) == []
    (held, *_), named = history.holdings(supi, 0, 9), history.holders("address", "10.45.0.2", 3)
    assert held.facts == named[0].facts == {"fiveg.supi": supi, "fiveg.dnn": "ot"}
    (pseudonym,) = sealing.pseudonyms(supi, "fiveg.supi")
    assert history.holdings(pseudonym, 0, 9)
    history.close()
    octets = b"".join(path.read_bytes() for path in tmp_path.glob("identity.db*"))
    assert supi.encode() not in octets
    assert pseudonym.encode() in octets


def test_a_damaged_database_is_put_aside_and_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By the first process that opens it; the other one finds the new one."""
    path = tmp_path / "identity.db"
    path.write_bytes(b"no database " * 1000)
    first, second = History(path), History(path)
    assert first.holdings("999700000000001", 0, 1) == second.holdings("999700000000001", 0, 1) == []
    (aside,) = tmp_path.glob("identity.db.damaged-*")
    assert aside.read_bytes().startswith(b"no database")
    assert "is damaged" in caplog.text
    first.close()
    second.close()
