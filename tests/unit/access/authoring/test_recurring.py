"""Accesses that recur are decided once, and the answers are those that each would have got."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.authoring import recurring
from sentinel.access.authoring.whatif import Seen, asked_of, decided, replay
from sentinel.access.engine.conditions import Atom, OneOf, Within
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.target import target
from sentinel.access.information.pip import Pip
from sentinel.access.information.trust import Term, Trust, trust
from sentinel.model.access import Decision, Effect, Request
from sentinel.model.document import timestamp
from sentinel.model.event import Value
from sentinel.state.calendar import week
from sentinel.state.history import Held
from sentinel.store.base import Document
from tests.deciding import AGV, NOW, SITE, TABLET, Past
from tests.policies import MODEL

SECOND, DAY = 10**9, 24 * 3600 * 10**9
WHO = (AGV, TABLET, "999709999999999")
WHERE = (("10.11.6.50", 502), ("10.11.6.80", 80), ("10.11.9.9", 9))
ATOMS: tuple[Atom, ...] = (
    Within("time", ((0, NOW + DAY),)), Within("minute", week("mon-fri 06:00-18:00")), Within("session_age", ((0, 7200), (20_000, 30_000))),
    Within("trust", ((50, 100),)), OneOf("ticket", frozenset({"yes"})), OneOf("posture:clean-ot", frozenset({"yes"})),
    OneOf("dnn", frozenset({"ot"})), OneOf("bound", frozenset({"true"})), Within("facts_age", ((0, 0),)),
)  # fmt: skip


def _policy(chance: Random) -> Policy:
    return Policy(tuple(_rule(f"r{at}", chance) for at in range(8)), MODEL)


def _rule(name: str, chance: Random) -> Rule:
    address, port = chance.choice(WHERE)
    who = chance.choice(("grp:agv", "grp:tablet", f"supi:{AGV}", "any"))
    atoms = tuple(chance.sample(ATOMS, chance.randint(0, 3)))
    actions = chance.choice((("connect",), ("modbus:write",), ("any",)))
    return Rule(
        name, SITE.site, (who,), (target(f"net:{address}/32:{port}"),), actions, atoms, chance.choice(list(Effect))
    )


def _past(chance: Random) -> Past:
    """Sessions and places that begin and end while the traffic lasts."""
    return Past([
        Held(kind, f"10.45.1.{chance.randint(1, 3)}", since, chance.choice((None, since + chance.randrange(DAY))), supi, {
            "fiveg.supi": supi, "fiveg.dnn": chance.choice(("ot", "internet")), "fiveg.pei": "8601230500000161", "fiveg.tac": "1",
        })
        for supi in WHO for kind in ("address", "context") for since in (NOW - chance.randrange(DAY), NOW + chance.randrange(DAY))
    ])  # fmt: skip


def _document(chance: Random) -> Document:
    address, port = chance.choice(WHERE)
    document: dict[str, Value] = {
        "@timestamp": timestamp(NOW + chance.randrange(2 * DAY)), "event.id": f"{chance.random()}", "event.action": "flow.started",
        "fiveg.supi": chance.choice(WHO), "source.ip": f"10.45.1.{chance.randint(1, 3)}", "destination.ip": address,
        "destination.port": port, "network.transport": "tcp",
    }  # fmt: skip
    verb = {"event.action": "modbus.write", "ot.direction": "request", "ot.operation": "write"}
    return document if chance.random() < 0.5 else document | verb


def _faded(supi: str, at: int) -> Trust:
    """The AGV's is less for a while, and comes back."""
    terms = (Term(AGV, "a1", "some-rule", "ot", 0.8, NOW + DAY, NOW + DAY),) if supi == AGV else ()
    return trust(terms, at)


def _permitted(resource: object, _writers: tuple[str, ...], at: int) -> bool:
    return "502" in str(resource) and NOW + DAY // 2 <= at < NOW + DAY


def _pdp(policy: Policy) -> Pdp:
    return Pdp(Snapshot.of(policy), pytest.fail, every=1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**63).map(Random))
def test_what_recurs_gets_the_answer_that_it_would_have_got_alone(chance: Random) -> None:
    draft, live, pip = _policy(chance), _policy(chance), Pip(SITE, _past(chance), _faded, lambda: 0, _permitted)
    documents = [_document(chance) for _ in range(40)]
    documents += [{**each, "@timestamp": timestamp(NOW + chance.randrange(2 * DAY))} for each in documents]
    then, _ = pip.hindsight()
    slowly = [
        Seen(str(each["event.id"]), *(outcome, asked, decision))
        for each in documents
        if (asked := asked_of(each, then))
        for outcome, decision in [decided(asked, then, _pdp(draft), _pdp(live))]
    ]
    assert list(replay(documents, pip, _pdp(draft), _pdp(live))) == slowly


def test_what_is_alike_is_decided_once_and_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, judge = list[object](), Pdp.decide

    def noticed(self: Pdp, request: Request) -> Decision:
        asked.append(request)
        return judge(self, request)

    monkeypatch.setattr(Pdp, "decide", noticed)
    pip, draft = Pip(SITE, Past(), lambda *_: Trust(100, ()), lambda: 0), Policy((), MODEL)
    both: list[dict[str, Value]] = [
        dict(_document(Random(1))) | {"fiveg.supi": AGV, "destination.port": port} for port in (1, 2)
    ]
    documents = [each | {"@timestamp": timestamp(NOW + at)} for at in range(25) for each in both]
    assert len(list(replay(documents, pip, _pdp(draft), _pdp(draft)))) == 50
    assert len(asked) == 4
    monkeypatch.setattr(recurring, "MOST", 1)
    assert len(list(replay(documents, pip, _pdp(draft), _pdp(draft)))) == 50
    assert len(asked) == 104
