from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.access.information.trust import IDENTITY, WORTH_TELLING, Term, forgotten, news, terms_of, trust
from sentinel.model.alert import AlertState, ClosingReason, Domain, Triage
from sentinel.model.weight import FORGOTTEN, HALF_LIFE
from sentinel.store.base import AlertRecord
from tests.deciding import AGV, NOW, alert

TERM = Term(AGV, "a1", "some-rule", "ot", 0.5, NOW, NOW)


def test_trust_is_whole_until_an_alert_takes_of_it() -> None:
    assert trust([], NOW).score == 100
    assert trust([TERM], NOW).score == 50
    assert trust([TERM], NOW + HALF_LIFE).score == 75
    assert trust([TERM, dataclasses.replace(TERM, alert="a2")], NOW).score == 25


def test_what_was_known_later_does_not_count() -> None:
    later = dataclasses.replace(TERM, known=NOW + 10, dismissed=True)
    assert trust([TERM, later], NOW + 9).score == 50
    assert trust([TERM, later], NOW + 10).score == 100
    assert trust([TERM], NOW - 1).score == 100


def test_a_plane_is_clean_while_nothing_of_it_weighs() -> None:
    assert not trust([TERM], NOW).clean("ot")
    assert trust([TERM], NOW).clean("n2")
    assert trust([TERM], NOW + 8 * HALF_LIFE).clean("ot")


@pytest.mark.parametrize(
    ("kind", "domain", "plane"),
    [("modbus.write", Domain.EDGE, "ot"), ("nas.registration_request", Domain.NETWORK, "n2"), ("pfcp.x", Domain.NETWORK, "n4"),
     ("flow.started", Domain.DATA, "n3"), ("nas.identity_response", Domain.ACCESS, IDENTITY), ("http2.x", Domain.NETWORK, "sbi")],
)  # fmt: skip
def test_a_term_is_of_the_plane_that_proves_it(kind: str, domain: Domain, plane: str) -> None:
    (term,) = terms_of(AlertRecord(alert(kind=kind, domain=domain), Triage()), NOW)
    assert (term.plane, term.alert, term.weight) == (plane, "a1", 0.5)


def test_what_somebody_dismissed_does_not_weigh() -> None:
    triage = Triage(AlertState.CLOSED, ClosingReason.FALSE_POSITIVE)
    (term,) = terms_of(AlertRecord(alert(), triage), NOW)
    assert term.value(NOW) == 0
    assert not news(None, term)
    assert news(TERM, term)


def test_an_alert_that_goes_on_is_told_now_and_then() -> None:
    assert not news(TERM, dataclasses.replace(TERM, last=NOW + WORTH_TELLING - 1))
    assert news(TERM, dataclasses.replace(TERM, last=NOW + WORTH_TELLING))


def test_what_will_never_weigh_again_is_forgotten() -> None:
    assert not forgotten([TERM], NOW + FORGOTTEN * HALF_LIFE)
    assert forgotten([TERM], NOW + FORGOTTEN * HALF_LIFE + 1)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0, 1), st.integers(0, 20 * HALF_LIFE))
def test_another_term_never_raises_trust_and_it_stays_a_percentage(
    weights: list[float], more: float, later: int
) -> None:
    terms = [dataclasses.replace(TERM, alert=str(at), weight=weight) for at, weight in enumerate(weights)]
    before = trust(terms, NOW + later).score
    after = trust([*terms, dataclasses.replace(TERM, alert="more", weight=more)], NOW + later).score
    assert 0 <= after <= before <= 100
