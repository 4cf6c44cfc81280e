from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.cli.policy_locks import policy
from sentinel.errors import AccessError, AuthorizationError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.policies import ROOT

PASSWORD = "correct horse battery"
SUPI = "999700000000001"
SITE = ROOT / "deploy" / "examples" / "site-demo" / "site.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    accounts = Accounts(control)
    accounts.create_first_administrator(accounts.issue_setup_token(), "ada", PASSWORD)
    for name, role in (("ben", Role.ANALYST), ("kim", Role.AUDITOR)):
        accounts.create(name, PASSWORD, role, by="root")
    control.close()
    return tmp_path


def _run(data: Path, *arguments: str, name: str = "") -> Result:
    who = ("--as", name, "--password-stdin") if name else ()
    return CliRunner().invoke(policy, [*arguments, "--data", str(data), *who], input=f"{PASSWORD}\n")


def test_a_lock_is_set_listed_and_lifted(data: Path) -> None:
    said = _run(data, "lock", "supi", SUPI, "--reason", "stolen", "--minutes", "5", name="ben").output
    lock = said.removeprefix("lock ").strip()
    (row,) = map(json.loads, _run(data, "locks", "--json").output.splitlines())
    assert (row["id"], row["subject"], row["value"], row["owner"]) == (lock, "supi", SUPI, "ben")
    assert "由 ben 设置" in _run(data, "locks", "--language", "zh-CN").output
    assert _run(data, "unlock", lock, "--reason", "found", name="ada").output == f"lifted {lock}\n"
    assert _run(data, "locks", "--json").output == ""


def test_who_may_not_is_refused(data: Path) -> None:
    assert isinstance(_run(data, "lock", "supi", SUPI, "--reason", "r", name="kim").exception, AuthorizationError)
    lock = _run(data, "lock", "site", "x", "--reason", "r", name="ben").output.removeprefix("lock ").strip()
    assert isinstance(_run(data, "unlock", lock, "--reason", "r", name="ben").exception, AuthorizationError)


@pytest.mark.parametrize(
    ("about", "said"),
    [(("supi", f"imsi-{SUPI}"), "expected the 5 to 15 digits"), (("slice", "1"), "expected --site"),
     (("slice", "7", "--site", str(SITE)), "no slice of the site plan"), (("site", "x", "--site", str(SITE)), "no site of")],
)  # fmt: skip
def test_what_would_lock_nobody_is_refused(data: Path, about: tuple[str, ...], said: str) -> None:
    found = _run(data, "lock", *about, "--reason", "storm", name="ben")
    assert isinstance(found.exception, AccessError)
    assert said in str(found.exception)
    assert _run(data, "locks", "--json").output == ""


def test_a_slice_of_the_site_plan_is_locked(data: Path) -> None:
    assert _run(data, "lock", "slice", "2-0000a1", "--site", str(SITE), "--reason", "storm", name="ben").exit_code == 0
