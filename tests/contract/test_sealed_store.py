"""What a store does with personal identifiers when it seals them, held by every backend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.crypto.suite import suite
from sentinel.errors import QueryError, StoreError
from sentinel.keys.personal import Personal
from sentinel.keys.register import Purpose
from sentinel.keys.ring import Ring
from sentinel.model.alert import Alert, Clause, Domain, Evidence, RuleRef, Severity, Stage
from sentinel.model.event import Frame, PlainEvent, Value
from sentinel.model.personal import PSEUDONYM, mentioned
from sentinel.store.backends.elasticsearch.documents import ALERTS, DEAD_LETTERS, EVENTS
from sentinel.store.backends.elasticsearch.store import ElasticsearchStore
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span, Store
from sentinel.store.query import Equals, Everything
from tests.sealed import personal, register
from tests.stores import BACKENDS, again, opened

SUPI, OTHER, PEI, GPSI = "999700000000001", "999700000000002", "4370816125816151", "8613800000000"
RULE = RuleRef(
    slug="supi-clone", id="8d3b4f0e-0000-4000-8000-000000000002", version="abc", title="Clone", title_zh="克隆",
    description="", description_zh="", severity=Severity.HIGH, stages=(Stage.JUDGEMENT,), domain=Domain.ACCESS, tags=(),
)  # fmt: skip


def event(number: int, supi: str = SUPI, **fields: Value) -> PlainEvent:
    kind = "nas.registration_request"
    flat: dict[str, Value] = {"event.action": kind, "fiveg.supi": supi, "fiveg.pei": PEI, **fields}
    return PlainEvent(
        kind, number, f"{number:016x}-00", "a.pcap", number, flat, (Frame(number, 1, b"frame " + supi.encode()),)
    )


def alert(supi: str = SUPI) -> Alert:
    why = Clause("and", True, children=(Clause(f"fiveg.supi = {supi}", True, "fiveg.supi", supi),))
    proof = (Evidence(f"{1:016x}-00", "nas.registration_request", 1, "a.pcap", 1),)
    examples = (f"fiveg.supi={OTHER}, fiveg.gnb.id=1",)
    fields: dict[str, Value] = {
        "fiveg.supi": supi,
        "related.user": (supi,),
        "fiveg.gpsi": GPSI,
        "fiveg.alert.examples": examples,
    }
    return Alert(f"of {supi[-1]}", RULE, (("fiveg.supi", supi),), 1, 5, 1, fields, proof, why)


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    backend = opened(request, tmp_path, personal(tmp_path))
    yield backend
    backend.close()


def _ids(store: Store, query: str) -> list[object]:
    return [row["event.sequence"] for row in store.events(query, Span(), 10).rows]


def test_no_identifier_is_in_the_file(store: Store, tmp_path: Path) -> None:
    """Of events, alerts and frames, in any table or index."""
    store.add([event(1), event(2, OTHER)], [alert()], [event(1)])
    octets = b""
    if isinstance(store, ElasticsearchStore):
        everywhere = [store.index, *(store.stream(name) for name in (EVENTS, ALERTS, DEAD_LETTERS))]
        octets = str(store.client.search(index=everywhere, ignore_unavailable=True, size=100)["hits"]["hits"]).encode()
        assert octets.count(b"ps-supi-1-") > 3
    store.close()
    octets += b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    assert b"ps-supi-1-" in octets
    for identifier in (SUPI, OTHER, PEI, GPSI):
        assert identifier.encode() not in octets


def test_an_event_has_pseudonyms_and_keeps_its_originals(store: Store) -> None:
    """The same terminal is the same pseudonym in every event and alert."""
    store.add([event(1), event(2), event(3, OTHER)], [alert()], [])
    first, second, third = (store.event(f"{number:016x}-00") or {} for number in (1, 2, 3))
    assert first["fiveg.supi"] == second["fiveg.supi"] != third["fiveg.supi"]
    found = store.alert("of 1")
    assert found is not None
    assert found.alert.fields["fiveg.supi"] == first["fiveg.supi"] == dict(found.alert.entity)["fiveg.supi"]
    assert found.alert.why.children[0].text == f"fiveg.supi = {first['fiveg.supi']}"
    assert SUPI not in str(found)
    assert OTHER not in str(found)
    assert store.originals(mentioned(str(first))) == {first["fiveg.supi"]: SUPI, first["fiveg.pei"]: PEI}
    assert set(store.originals(mentioned(str(found.alert))).values()) == {SUPI, OTHER, GPSI}
    assert store.originals(["ps-supi-1-" + "0" * 24]) == store.originals([]) == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"fiveg.supi:{SUPI}", [3, 1]),
        (f'fiveg.supi:"{SUPI}"', [3, 1]),
        (f"fiveg.supi:imsi-{SUPI}", [3, 1]),
        (f"-fiveg.supi:{SUPI}", [2]),
        (f"fiveg.supi:{SUPI} OR fiveg.supi:{OTHER}", [3, 2, 1]),
        (f"fiveg.supi:{SUPI} event.action:nas.*", [3, 1]),
        (SUPI, [3, 1]),
        (f"imsi-{OTHER}", [2]),
        (PEI, [3, 2, 1]),
        ("fiveg.supi:*", [3, 2, 1]),
        ("fiveg.supi:999700000000009", []),
        (f"fiveg.pei:{SUPI}", []),
    ],
)
def test_a_search_finds_what_is_sealed(store: Store, query: str, found: list[int]) -> None:
    """By field and by itself, with a prefix and without; never across kinds."""
    store.add([event(1), event(2, OTHER), event(3)], [], [])
    assert _ids(store, query) == found
    assert store.event_histogram(query, Span(), 10).total == len(found)


def test_a_pseudonym_is_a_pivot(store: Store) -> None:
    """From any event or alert to all others of the same terminal."""
    store.add([event(1), event(2, OTHER)], [alert(), alert(OTHER)], [])
    pseudonym = (store.event(f"{1:016x}-00") or {})["fiveg.supi"]
    assert _ids(store, f"fiveg.supi:{pseudonym}") == [1]
    assert _ids(store, f"{pseudonym}") == [1]
    for text in (f"fiveg.supi:{pseudonym}", f"fiveg.supi:{SUPI}"):
        assert [record.alert.id for record in store.alerts(AlertFilter(text=text), 10).rows] == ["of 1"]
        assert store.alert_counts(AlertFilter(text=text))["rule"] == {"supi-clone": 1}


@pytest.mark.parametrize(
    "query", ["fiveg.supi:9997*", "fiveg.pei:43708161258161?1", "fiveg.supi:>5", "-fiveg.gpsi:86*"]
)
def test_a_part_of_an_identifier_is_refused(store: Store, query: str) -> None:
    """Rather than to find nothing, and let that be believed."""
    with pytest.raises(QueryError, match="sealed"):
        store.events(query, Span(), 10)
    with pytest.raises(QueryError, match="sealed"):
        store.alerts(AlertFilter(text=query), 10)


def test_rules_are_given_what_came(store: Store) -> None:
    """A hunt judges as live detection did, also where a query cannot be asked."""
    store.add([event(1), event(2, OTHER)], [], [])
    assert [row["fiveg.supi"] for row in store.scan(Everything(), None, Span())] == [SUPI, OTHER]
    assert [row["fiveg.supi"] for row in store.scan(Equals("fiveg.supi", SUPI), None, Span())] == [SUPI]
    assert len(list(store.scan(Equals("fiveg.supi", "9997*", wild=True), None, Span()))) == 2


def test_frames_come_back(store: Store) -> None:
    """They hold identifiers in their octets, so they are sealed whole."""
    store.add([event(1)], [], [event(1)])
    assert [frame.data for frame in store.frames([f"{1:016x}-00"])] == [b"frame " + SUPI.encode()]


def _sqlite(tmp_path: Path, sql: str) -> None:
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute(sql)
    connection.commit()
    connection.close()


def _supi(store: Store, number: int = 1) -> str:
    return str((store.event(f"{number:016x}-00") or {})["fiveg.supi"])


def test_a_row_copied_elsewhere_does_not_open(store: Store, tmp_path: Path) -> None:
    """Nor one that was changed."""
    store.add([event(1), event(2, OTHER)], [], [event(1), event(2)])
    one, two = _supi(store), _supi(store, 2)
    _sqlite(
        tmp_path,
        f"UPDATE identifiers SET sealed = (SELECT sealed FROM identifiers WHERE pseudonym = '{two}') "
        f"WHERE pseudonym = '{one}'",
    )
    _sqlite(tmp_path, f"UPDATE frames SET data = (SELECT data FROM frames WHERE event_id = '{2:016x}-00')")
    with pytest.raises(StoreError, match="changed, or belongs elsewhere"):
        store.originals([one])
    with pytest.raises(StoreError):
        store.frames([f"{1:016x}-00"])
    assert store.originals([two]) == {two: OTHER}


def test_erasing_an_identifier_erases_the_person(store: Store, tmp_path: Path) -> None:
    """From all events at once; they stay, and stay alike."""
    store.add([event(1), event(2)], [], [])
    _sqlite(tmp_path, f"DELETE FROM identifiers WHERE pseudonym = '{_supi(store)}'")
    assert store.originals([_supi(store)]) == {}
    assert _supi(store) == _supi(store, 2)


def test_what_was_stored_in_clear_is_found_too(tmp_path: Path) -> None:
    """Sealing was switched on later."""
    SqliteStore(tmp_path / "store.db").add([event(1)], [], [event(1)])
    store = SqliteStore(tmp_path / "store.db", personal(tmp_path))
    store.add([event(2)], [], [])
    assert _ids(store, f"fiveg.supi:{SUPI}") == [2, 1]
    assert (_supi(store), store.originals([SUPI])) == (SUPI, {})
    assert len(store.frames([f"{1:016x}-00"])) == 1


def test_without_keys_nothing_opens(store: Store, tmp_path: Path) -> None:
    """Sealing was switched off later: pseudonyms are shown, originals are not to be had."""
    store.add([event(1)], [], [event(1)])
    clear = again(store, tmp_path)
    assert PSEUDONYM.fullmatch(str((clear.event(f"{1:016x}-00") or {})["fiveg.supi"]))
    with pytest.raises(StoreError, match="sealing is off"):
        clear.originals([_supi(clear)])
    with pytest.raises(StoreError, match="sealing is off"):
        clear.frames([f"{1:016x}-00"])


def test_without_an_active_key_nothing_is_stored(tmp_path: Path) -> None:
    """Least of all in clear; and an erased key erases the person, not the event."""
    made = register(tmp_path)
    ring = Ring(made)
    store = SqliteStore(tmp_path / "store.db", Personal(suite(), ring))
    store.add([event(1)], [], [])
    for key_id in ("identifiers.1", "pseudonym.supi.1"):
        made.retire(key_id, "li")
        made.destroy(key_id, "li")
    ring.refresh()
    with pytest.raises(StoreError, match="no active key"):
        store.add([event(2)], [], [])
    with pytest.raises(StoreError, match="no active key"):
        store.add([event(2, OTHER)], [], [event(2)])
    assert _ids(store, "") == [1]
    assert _ids(store, f"fiveg.supi:{SUPI}") == []
    with pytest.raises(StoreError, match="not there any more"):
        store.originals([_supi(store)])


def test_a_rotation_changes_names_and_a_search_knows_both(tmp_path: Path) -> None:
    """Events keep the name that they were stored under."""
    made = register(tmp_path)
    ring = Ring(made)
    store = SqliteStore(tmp_path / "store.db", Personal(suite(), ring))
    store.add([event(1)], [alert()], [])
    made.rotate(Purpose.SUPI, "li", "li")
    made.rotate(Purpose.IDENTIFIERS, "li", "li")
    ring.refresh()
    store.add([event(2)], [replace(alert(), count=2)], [])
    assert _ids(store, f"fiveg.supi:{SUPI}") == [2, 1]
    names = [_supi(store, number) for number in (1, 2)]
    assert [name[:10] for name in names] == ["ps-supi-1-", "ps-supi-2-"]
    assert store.originals(names) == dict.fromkeys(names, SUPI)
