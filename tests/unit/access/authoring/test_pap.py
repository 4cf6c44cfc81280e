from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from sentinel.access.authoring.files import load
from sentinel.access.authoring.pap import Pap
from sentinel.access.engine.policy import Snapshot
from sentinel.crypto.suite import suite
from sentinel.errors import AccessError, AuthorizationError, ConflictError, PolicyError
from sentinel.keys.snapshots import Snapshots
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, PolicySignature, PolicyVersion
from tests.auditing import Kept
from tests.deciding import FILES, POLICY, SITE, people
from tests.sealed import register

FEWER = {name: text for name, text in FILES.items() if not name.startswith("data/")}


class _Administration:
    def __init__(self) -> None:
        self.kept = Kept()
        self.control = ControlDatabase("sqlite://", self.kept)
        people(self.control, "ada", "ben", "eve", "kim")
        self.kept.acts.clear()
        self.pap = Pap(self.control, lambda: 1000.0)

    def signing(self, folder: Path) -> Pap:
        """From now on, only what is signed comes into force."""
        self.pap = Pap(self.control, lambda: 1000.0, snapshots=Snapshots(suite, lambda: register(folder, self.control)))
        return self.pap

    def published(self, files: dict[str, str]) -> int:
        version = self.pap.draft(files, SITE.time_zone, by="ada", reason="because", ticket="T-1").version
        for name in ("ben", "eve"):
            self.pap.approve(version, by=name)
        self.pap.publish(version, by="ada")
        return version


@pytest.fixture
def made() -> Iterator[_Administration]:
    administration = _Administration()
    yield administration
    administration.control.close()


def test_a_version_is_in_force_once_two_others_approved_it(made: _Administration) -> None:
    assert made.pap.in_force() is None
    version = made.pap.draft(FILES, SITE.time_zone, by="ada", reason="because")
    assert version.digest == Snapshot.of(POLICY).digest
    with pytest.raises(AuthorizationError, match="has 0 approvals that count; expected 2"):
        made.pap.publish(1, by="ada")
    made.pap.approve(1, by="ben")
    with pytest.raises(AuthorizationError, match="has 1 approvals"):
        made.pap.publish(1, by="ada")
    made.pap.approve(1, by="eve")
    assert made.pap.publish(1, by="ben").published == 1000.0
    snapshot = made.pap.in_force()
    assert snapshot is not None
    assert (snapshot.version, snapshot.digest) == (1, version.digest)
    assert made.pap.in_force(known=1) is None


def test_what_is_published_is_signed_and_comes_into_force(made: _Administration, tmp_path: Path) -> None:
    pap = made.signing(tmp_path)
    made.published(FILES)
    snapshot = pap.in_force()
    assert snapshot is not None
    assert snapshot.version == 1


@pytest.mark.parametrize("how", ["unsigned", "other contents", "other signature", "no such key"])
def test_who_writes_to_the_database_puts_no_policy_into_force(made: _Administration, tmp_path: Path, how: str) -> None:
    """With a digest that fits, which the database gives to whoever can write to it."""
    pap = made.signing(tmp_path)
    made.published(FILES)
    forged = {
        "unsigned": delete(PolicySignature),
        "other contents": update(PolicyVersion).values(files=json.dumps(FEWER), digest=_digest(FEWER)),
        "other signature": update(PolicySignature).values(signature=b"0" * 70),
        "no such key": update(PolicySignature).values(key=9),
    }[how]
    with made.control.begin() as session:
        session.execute(forged)
        session.tell(Act(Action.POLICY_DRAFTED, "mallory"))
    with pytest.raises(AccessError, match=r"version 1 is not (signed|what was signed)"):
        pap.in_force()


def _digest(files: dict[str, str]) -> str:
    return Snapshot.of(load(files, SITE.time_zone)).digest


def test_nobody_approves_their_own_or_twice_or_what_is_published(made: _Administration) -> None:
    made.pap.draft(FILES, SITE.time_zone, by="ada", reason="because")
    with pytest.raises(AuthorizationError, match="of their own"):
        made.pap.approve(1, by="ada")
    made.pap.approve(1, by="ben")
    with pytest.raises(ConflictError, match="`ben` has approved"):
        made.pap.approve(1, by="ben")
    made.pap.approve(1, by="eve")
    made.pap.publish(1, by="ada")
    with pytest.raises(ConflictError, match="published already"):
        made.pap.approve(1, by="kim")


def test_a_rollback_is_old_content_under_a_new_version_that_is_approved_anew(made: _Administration) -> None:
    first = made.published(FILES)
    made.published(FEWER)
    again = made.pap.rollback(first, by="eve", reason="the line stood still")
    assert (again.version, again.copy_of, again.digest) == (3, 1, Snapshot.of(POLICY).digest)
    with pytest.raises(AuthorizationError):
        made.pap.publish(3, by="ada")
    for name in ("ada", "ben"):
        made.pap.approve(3, by=name)
    made.pap.publish(3, by="ada")
    snapshot = made.pap.in_force()
    assert snapshot is not None
    assert (snapshot.version, len(snapshot.policy.rules)) == (3, len(POLICY.rules))


def test_what_was_never_in_force_cannot_come_back(made: _Administration) -> None:
    made.pap.draft(FILES, SITE.time_zone, by="ada", reason="because")
    with pytest.raises(AccessError, match="never in force"):
        made.pap.rollback(1, by="ada", reason="again")
    with pytest.raises(AccessError, match="no version 9"):
        made.pap.rollback(9, by="ada", reason="again")


def test_a_version_that_was_overtaken_is_drafted_anew(made: _Administration) -> None:
    made.pap.draft(FEWER, SITE.time_zone, by="ada", reason="because")
    for name in ("ben", "eve"):
        made.pap.approve(1, by=name)
    made.published(FILES)
    with pytest.raises(ConflictError, match="version 2 came into force since"):
        made.pap.publish(1, by="ada")


def test_a_draft_with_a_mistake_or_without_a_reason_is_not_kept(made: _Administration) -> None:
    with pytest.raises(PolicyError):
        made.pap.draft({**FILES, "data/policy.yml": "rules: ["}, SITE.time_zone, by="ada", reason="because")
    with pytest.raises(AccessError, match="needs its reason"):
        made.pap.draft(FILES, SITE.time_zone, by="ada", reason=" ")
    wrong = {**FILES, "data/cases.yml": FILES["data/cases.yml"].replace("decision: deny", "decision: allow", 1)}
    with pytest.raises(AccessError, match=r"data/cases.yml:4: nobody deletes: expected allow"):
        made.pap.draft(wrong, SITE.time_zone, by="ada", reason="because")
    untried = {name: text for name, text in FILES.items() if name != "terminal_access/cases.yml"}
    with pytest.raises(AccessError, match="not covered: watchers-report-to-mes"):
        made.pap.draft(untried, SITE.time_zone, by="ada", reason="because")
    assert made.pap.versions() == []


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63])
def test_a_number_that_no_version_has_is_none_however_large(made: _Administration, number: int) -> None:
    with pytest.raises(AccessError, match="there is no version"):
        made.pap.files(number)


def test_half_a_surrogate_pair_is_no_text(made: _Administration) -> None:
    half = {**FILES, "groups.yml": FILES["groups.yml"] + "# \udcff"}
    for files, reason in ((half, "because"), ({**FILES, "\udcff": ""}, "because"), (FILES, "\udcff")):
        with pytest.raises(AccessError, match="UTF-8"):
            made.pap.draft(files, SITE.time_zone, by="ada", reason=reason)


def test_what_was_altered_in_the_database_is_not_taken_up(made: _Administration) -> None:
    made.published(FILES)
    with made.control.begin() as session:
        session.execute(update(PolicyVersion).values(files=json.dumps({"model.conf": POLICY.model + "\n"})))
        session.tell(Act(Action.POLICY_DRAFTED, "mallory"))
    with pytest.raises(AccessError, match="is not what was approved"):
        made.pap.in_force()


def test_each_step_is_on_record(made: _Administration) -> None:
    made.published(FILES)
    assert [act.action for act in made.kept.acts] == [
        Action.POLICY_DRAFTED, Action.POLICY_APPROVED, Action.POLICY_APPROVED, Action.POLICY_PUBLISHED,
    ]  # fmt: skip


def test_a_version_can_be_read_again(made: _Administration) -> None:
    made.published(FILES)
    assert made.pap.files(1) == FILES
    assert made.pap.policy(1).manifest == POLICY.manifest


def test_where_policies_are_signed_a_draft_that_is_not_is_refused() -> None:
    pap = Pap(ControlDatabase("sqlite://", Kept()), signed_only=True)
    with pytest.raises(AccessError, match="signed bundles alone"):
        pap.draft(FILES, SITE.time_zone, by="ada", reason="first")
    assert pap.draft(FILES, SITE.time_zone, by="ada", reason="first", signed=True).version == 1
