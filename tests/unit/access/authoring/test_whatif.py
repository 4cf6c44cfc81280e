from __future__ import annotations

from dataclasses import replace

import pytest

from sentinel.access.authoring.whatif import Outcome, asked_of, replay, tallies
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.access.information.pip import Pip
from sentinel.access.information.trust import Trust
from sentinel.model.document import timestamp
from sentinel.model.event import Value
from tests.deciding import AGV, NOW, PLC, POLICY, SITE, Past
from tests.policies import MODEL

PIP = Pip(SITE, Past(), lambda *_: Trust(100, ()), lambda: NOW)
FLOW: dict[str, Value] = {
    "@timestamp": timestamp(NOW), "event.action": "flow.started", "fiveg.supi": AGV, "source.ip": "10.45.1.11",
    "destination.ip": "10.11.6.50", "destination.port": 502, "network.transport": "tcp",
}  # fmt: skip
WRITE = FLOW | {"event.action": "modbus.write_single_register", "ot.direction": "request", "ot.operation": "write"}
NOTHING = Policy((), MODEL)


def _pdp(policy: Policy) -> Pdp:
    return Pdp(Snapshot.of(policy), pytest.fail, every=1)


@pytest.mark.parametrize(
    ("document", "action"),
    [
        (FLOW, "connect"), (WRITE, "modbus:write"), (WRITE | {"event.action": "s7comm.job", "ot.operation": "program"}, "s7:program"),
        (WRITE | {"ot.direction": "response"}, None), (WRITE | {"ot.operation": "discover"}, None),
        (FLOW | {"event.action": "flow.ended"}, None), ({key: FLOW[key] for key in FLOW if key != "fiveg.supi"}, None),
    ],
)  # fmt: skip
def test_an_event_is_a_request_where_policies_have_a_word_for_it(
    document: dict[str, Value], action: str | None
) -> None:
    asked = asked_of(document, PIP)
    assert (asked.action if asked else None) == action
    if asked:
        assert (asked.resource, asked.at, asked.supi) == (PLC, NOW, AGV)


def test_traffic_is_permitted_would_be_rejected_or_escapes() -> None:
    stricter = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule.id != "agv-writes-its-registers"))
    scan = FLOW | {"destination.port": 22}

    def counted(draft: Policy, live: Policy) -> dict[Outcome, int]:
        (tally,) = tallies(replay([WRITE, WRITE, scan], PIP, _pdp(draft), _pdp(live)))
        return tally.counts

    assert counted(POLICY, NOTHING) == {Outcome.PERMITTED: 2, Outcome.REJECTED: 0, Outcome.ESCAPED: 1}
    assert counted(stricter, POLICY) == {Outcome.PERMITTED: 0, Outcome.REJECTED: 2, Outcome.ESCAPED: 1}


def test_a_stranger_escapes_under_any_policy() -> None:
    (seen,) = replay([FLOW | {"fiveg.supi": "999709999999999"}], PIP, _pdp(POLICY), _pdp(POLICY))
    assert seen.outcome is Outcome.ESCAPED


def test_what_a_terminal_would_lose_is_told_with_the_reason() -> None:
    diagnosed = WRITE | {"ot.operation": "diagnose"}
    (tally,) = tallies(replay([diagnosed], PIP, _pdp(POLICY), _pdp(NOTHING)))
    decision = tally.lost[f"{PLC} modbus:diag"].decision
    assert [miss.clause for miss in decision.misses] == ["action", "ticket"]
