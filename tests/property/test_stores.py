"""Random queries and random rules over nasty events: the stores find the same, and a rule's query finds all it matches."""

from __future__ import annotations

import random
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.detection.compile import compiled
from sentinel.detection.prefilter import superset
from sentinel.model.event import PlainEvent, Value
from sentinel.pipeline import FIELDS
from sentinel.store import query as q
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span, Store
from tests.property.test_detection import TREES
from tests.stores import Prompt, fresh

pytestmark = pytest.mark.elasticsearch

LONG = "long " * 2000 + "End"  # longer than a term of an index
TEXTS = (
    "", "a", "A", "ab", "aB*", "a?b", r"a\b", "k", "\u212a", "ü", "Ü", "a\nb", "5", "5.0", "true", "ngap.ng_reset",
    "10.0.0.1", "2001:DB8::1", "100%", "under_score", "#~&<>@", "'quoted'", "工业控制网络", "a工业b", "网", "𝔸𝔹𝔠𝔡e", "a\uffff", "xy", "abcd", "ABCDE", LONG,
)  # fmt: skip
ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.1.255.255", "::ffff:10.0.0.1", "2001:db8::1", "::1", "fe80::1", "")
NUMBERS = (0, 1, 5, -1, 65535, 2**31, 2**53 + 1, 2**63 - 1)
CHOICES: dict[str, tuple[Value, ...]] = {
    "fiveg.gnb.name": TEXTS,
    "fiveg.plmn": (*TEXTS, ("99970", "00101"), ("a", "B"), ("", LONG)),
    "fiveg.suci": TEXTS,
    "fiveg.suci.scheme": NUMBERS,
    "source.ip": ADDRESSES,
    "fiveg.pfcp.node_id": (*ADDRESSES[:3], "2001:db8::1", "name.example"),
    "network.bytes": NUMBERS,
    "fiveg.nas.ciphered": (True, False),
    "fiveg.unheard_of": ("a", 5, True),
}


def _events(chance: random.Random, count: int) -> list[PlainEvent]:
    made = []
    for number in range(count):
        fields = {name: chance.choice(values) for name, values in CHOICES.items() if chance.random() < 0.6}
        time = 10**18 + chance.randrange(5) * 1000 + number % 3
        kind = chance.choice(("ngap.ng_reset", "nas.registration_request", "ngap.malformed"))
        named = {"event.action": kind, **fields}
        made.append(PlainEvent(kind, time, f"{time:016x}-{number:08x}", "a.pcap", number, named))
    return made


EVENTS = _events(random.Random(5), 300)

NAMES = st.sampled_from(sorted(CHOICES))
WILD = st.sampled_from(
    ("a*", "*b", "*A*", "?", "a?b", "10.0.*", "10.*", "1*", "*5", "long*", "*end", r"a\*", "*", "2001:*", "u*_*")
)
VALUES = st.one_of(
    st.sampled_from([*TEXTS[:-1], *ADDRESSES, "2001:db8:0:0::1", "TRUE", "false", "1", "020", "99970", "b"]),
    st.sampled_from([str(number) for number in NUMBERS]),
)
BOUNDS = st.sampled_from([0.0, 0.5, 1.0, 5.0, -2.0, 65535.0, float(2**31), 1e18, 9.3e18, 1e22])
NETWORKS = st.sampled_from(
    [ip_network(n) for n in ("10.0.0.0/31", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "::/96", "fe80::/10")]
)
LEAVES: st.SearchStrategy[q.Query] = st.one_of(
    st.builds(q.Text, st.sampled_from(("a", "B", "5", "true", "0.0", "ü", "k", "end", "ng_res", "*", "?", "\\", "100%", "r_s", "a.pcap", "9997", "", "工", "工业控", "控制网络", "𝔸𝔹", "𝔹𝔠𝔡e", "\uffff", "y", "xy", "bcd", "AbCd", "bcde", "cde", "2001:", "db8::1", "b8:", "ffff:10.0", "::", "10.0.0.1", "long long", "99970", "00101"))),
    st.builds(q.Exists, NAMES),
    st.builds(q.Equals, NAMES, VALUES),
    st.builds(q.Equals, NAMES, WILD, st.just(True)),
    st.builds(q.Compare, NAMES, st.sampled_from(("<", "<=", ">", ">=")), BOUNDS),
    st.builds(q.Network, NAMES, NETWORKS),
)  # fmt: skip


def _branches(children: st.SearchStrategy[q.Query]) -> st.SearchStrategy[q.Query]:
    some = st.lists(children, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(q.And, some), st.builds(q.Or, some), st.builds(q.Not, children))


@pytest.fixture(scope="module")
def stores(elasticsearch: Address, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    folder = tmp_path_factory.mktemp("stores")
    embedded = SqliteStore(folder / "store.db")
    cluster = Prompt(fresh(elasticsearch), SqliteStore(folder / "beside.db"), FIELDS)
    for store in (embedded, cluster):
        for start in range(0, len(EVENTS), 100):
            store.add(EVENTS[start : start + 100], [], [])
    assert cluster.refused == 0
    yield embedded, cluster
    embedded.close()
    cluster.close()


@settings(max_examples=400)
@given(st.recursive(LEAVES, _branches, max_leaves=6))
def test_both_stores_find_the_same(stores: tuple[Store, Store], tree: q.Query) -> None:
    """In the same order, of every kind of field, also what an index cannot take."""
    found = [[row["event.id"] for row in store.scan(tree, None, Span())] for store in stores]
    assert found[1] == found[0], tree


@settings(max_examples=300)
@given(TREES)
def test_the_query_of_a_rule_finds_all_that_the_rule_matches(stores: tuple[Store, Store], tree: object) -> None:
    """A hunt on the cluster loses nothing: what is more is judged again."""
    judge = compiled(tree, "random")  # type: ignore[arg-type]  # a node
    matched = {event.id for event in EVENTS if judge(event.fields, event.fields.get)}
    wanted = superset(tree, FIELDS)  # type: ignore[arg-type]  # a node
    for store in stores:
        assert matched <= {str(row["event.id"]) for row in store.scan(wanted, None, Span())}, wanted


def test_documents_come_back_as_they_were(stores: tuple[Store, Store]) -> None:
    """Whatever of them could be indexed."""
    for event in EVENTS[:50]:
        assert stores[0].event(event.id) == stores[1].event(event.id)


def test_pages_and_histograms_are_the_same(stores: tuple[Store, Store]) -> None:
    """Many events have one time, so that a page ends among them."""
    for query in ("", "fiveg.gnb.name:a*", "10.0.0.1 OR -network.bytes:>=5"):
        shown = [_pages(store, query) for store in stores]
        assert shown[0] == shown[1]
        for span in (Span(), Span(10**18 + 1000, 10**18 + 4001)):
            counted = [list(store.event_histogram(query, span, 7).parts) for store in stores]
            assert counted[0] == counted[1]


def _pages(store: Store, query: str) -> list[object]:
    seen, cursor = list[object](), None
    while True:
        page = store.events(query, Span(), 17, cursor)
        seen += [row["event.id"] for row in page.rows]
        cursor = page.cursor
        if cursor is None:
            return seen


def test_what_is_larger_than_a_long_is_found(stores: tuple[Store, Store]) -> None:
    """The index cannot take it, the document has it."""
    time = 2 * 10**18
    large: dict[str, Value] = {"event.action": "flow.ended", "network.bytes": 2**64 - 1}
    stores[1].add([PlainEvent("flow.ended", time, f"{time:016x}-00", "a.pcap", 1, large)], [], [])
    for query in (
        f"network.bytes:{2**64 - 1}",
        "network.bytes:>1e19".replace("1e19", str(10**19)),
        "network.bytes:1844*",
    ):
        assert [row["network.bytes"] for row in stores[1].events(query, Span(time), 5).rows] == [2**64 - 1], query
