from __future__ import annotations

import pytest

from sentinel.access.deciding.entries import act, entry, replayed, request_of
from sentinel.access.deciding.exceptions import Opened, Outside, beyond
from sentinel.access.engine.pdp import Pdp
from sentinel.access.engine.policy import Snapshot
from sentinel.errors import AccessError
from sentinel.model.access import Decision, Reason, Request, Resource, Subject
from sentinel.model.audit import Nameless, Outcome
from tests.deciding import POLICY

SUPI = "999700000000001"
ASKED = Request(
    Subject(SUPI, ("any", f"supi:{SUPI}", "grp:agv")), "plant", Resource("app", "plc", "2001:db8::1", 502, "tcp", 2**127),
    "modbus:write", {"trust": 80, "slice": "2-0000a1", "facts_age": 1_764_522_000},
)  # fmt: skip


def _named(supi: str) -> str:
    return f"ps-{supi[::-1]}"


def test_a_request_comes_back_whole_and_no_supi_is_written() -> None:
    written = entry(ASKED, _named)
    assert SUPI not in written
    assert isinstance(written, Nameless)
    assert request_of(written, {_named(SUPI): SUPI}) == ASKED


def test_whom_nobody_knows_any_more_stays_a_pseudonym() -> None:
    request = request_of(entry(ASKED, _named), {})
    assert request.subject.keys == ("any", f"supi:{_named(SUPI)}", "grp:agv")


@pytest.mark.parametrize(
    "outside",
    [Outside(), Outside(("l1",)), Outside((), (Opened("g1", (), 60),)), Outside(("l1",), (Opened("g1", ("l1",), 7),))],
)
def test_an_entry_says_what_stood_outside_the_policy_and_so_gives_the_same_answer_again(outside: Outside) -> None:
    pdp = Pdp(Snapshot.of(POLICY, 3), lambda _: None, every=1)
    decided = beyond(pdp.decide(ASKED), POLICY, outside)
    assert replayed(entry(ASKED, _named, outside), {_named(SUPI): SUPI}, pdp) == decided
    assert decided.reason is {0: Reason.NO_RULE, 1: Reason.LOCKED}.get(len(outside.locks) + 2 * len(outside.glasses), Reason.BREAK_GLASS)  # fmt: skip


def test_what_is_denied_was_refused() -> None:
    denied = act("id", "gw", ASKED, Decision(False, Reason.DENIED, 3, "digest", ("a", "b")), _named)
    assert (denied.outcome, denied.details["rules"], denied.details["version"]) == (Outcome.REFUSED, "a, b", 3)


@pytest.mark.parametrize(
    "written", ["", "[]", "{}", '{"subject":{"supi":"1"}}', entry(ASKED, _named).replace("kind", "x")]
)
def test_what_is_no_entry_is_refused(written: str) -> None:
    with pytest.raises(AccessError, match="not of its form"):
        request_of(written, {})
    with pytest.raises(AccessError, match="not of its form"):
        replayed(written, {}, Pdp(Snapshot.of(POLICY), lambda _: None))
