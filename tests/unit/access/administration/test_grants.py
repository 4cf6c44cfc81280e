from __future__ import annotations

from dataclasses import replace

from sentinel.access.administration.grants import LONGEST, TTL, Grant, Grants, lifetime
from sentinel.access.information.pip import Asked
from sentinel.access.information.wording import SECOND
from sentinel.model.enforcement import Binding
from tests.deciding import AGV, NOW, PLC

GRANT = Grant("d1", "d1", "proxy", Asked(PLC, "modbus:write", NOW, AGV), "s1", Binding(AGV), 1, NOW, NOW + 600 * SECOND)


def _later(grant: Grant, seconds: int, session: str = "s1") -> Grant:
    return replace(
        grant,
        id="d9",
        decision="d9",
        since=NOW + seconds * SECOND,
        until=grant.until + seconds * SECOND,
        session=session,
    )


def test_the_same_allowed_again_is_one_grant() -> None:
    grants = Grants()
    grants.open(GRANT)
    after = grants.open(_later(GRANT, 5))
    assert (after.id, after.decision, after.since) == ("d1", "d9", NOW)
    assert (len(grants), [each.id for each in grants.of(AGV)]) == (1, ["d1"])


def test_renewals_are_told_now_and_then() -> None:
    grants = Grants()
    grants.open(GRANT)
    assert [told.key for told in grants.changes()] == ["d1"]
    grants.open(_later(GRANT, 5))
    assert grants.changes() == []
    grants.open(_later(GRANT, 300))
    assert len(grants.changes()) == 1
    grants.open(_later(GRANT, 301, session="s2"))
    assert len(grants.changes()) == 1


def test_a_grant_is_found_by_its_session_until_it_ends() -> None:
    grants = Grants()
    grants.open(GRANT)
    grants.open(replace(GRANT, session="s2"))
    assert grants.bound("s1") == []
    assert [each.id for each in grants.bound("s2")] == ["d1"]
    assert grants.end(GRANT, "locked")
    assert not grants.end(GRANT, "locked")
    assert (grants.bound("s2"), grants.of(AGV), grants.get("d1"), grants.terminals()) == ([], [], None, [])
    (told,) = grants.changes()
    assert told.over
    assert '"ended":"locked"' in str(told.fields["document"])


def test_what_was_told_is_taken_up_again() -> None:
    grants, again = Grants(), Grants()
    grants.open(GRANT)
    (told,) = grants.changes()
    again.take(told)
    assert again.page(10) == [GRANT]
    assert again.page(10, 1) == []


def test_a_grant_lasts_as_long_as_its_rules_say() -> None:
    assert lifetime({"ttl": 60}, NOW) == NOW + 60 * SECOND
    assert lifetime({}, NOW) == NOW + TTL * SECOND
    assert lifetime({"ttl": 10**9}, NOW) == NOW + LONGEST * SECOND


def test_those_whose_time_is_over_are_found_until_they_end_and_a_renewal_lasts_longer() -> None:
    grants = Grants()
    first, other = grants.open(GRANT), grants.open(replace(GRANT, id="d2", session="s2", point="other"))
    after = grants.open(_later(first, 60))
    shorter = grants.open(replace(other, until=NOW + SECOND))
    assert grants.expired(NOW) == []
    assert grants.expired(NOW + SECOND) == grants.expired(NOW + SECOND) == [shorter]
    grants.end(shorter, "expired")
    assert grants.expired(GRANT.until) == []
    assert grants.expired(after.until) == [after]
