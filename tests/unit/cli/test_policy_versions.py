from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.access.authoring.pap import Pap
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.cli.policy_versions import policy
from sentinel.config import shipped
from sentinel.crypto.bundle import Manifest, sign
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.errors import AuthenticationError, AuthorizationError, BundleError, ConfigError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

PASSWORD = "correct horse battery"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    accounts = Accounts(control)
    accounts.create_first_administrator(accounts.issue_setup_token(), "ada", PASSWORD)
    for name, role in (("ben", Role.ANALYST), ("eve", Role.ADMINISTRATOR), ("kim", Role.AUDITOR)):
        accounts.create(name, PASSWORD, role, by="root")
    control.close()
    return tmp_path


def _run(data: Path, *arguments: str, name: str = "", password: str = PASSWORD) -> Result:
    who = ("--as", name, "--password-stdin") if name else ()
    return CliRunner().invoke(policy, [*arguments, "--data", str(data), *who], input=f"{password}\n")


def test_with_a_key_for_policies_a_draft_is_a_signed_bundle_that_never_goes_back(data: Path, tmp_path: Path) -> None:
    """Unsigned, altered and lower ones are refused, and nothing is kept of them."""
    key, keys, folder = suite().signer.sm2_keygen(), tmp_path / "keys", tmp_path / "mine"
    keys.mkdir()
    (keys / "policies.pub").write_bytes(dump_public(key.public))
    shutil.copytree(shipped("policies"), folder)

    def drafted() -> Result:
        return _run(data, "draft", str(folder), "--reason", "signed", "--bundle-keys", str(keys), name="ada")

    def signed(version: str) -> None:
        now = int(time.time())
        sign(suite(), folder, key, Manifest("policies", "plant", version, now - 10, now + 1000, {}))

    assert isinstance(drafted().exception, BundleError)
    signed("2")
    assert drafted().output.startswith("version 1, SM3 ")
    (folder / "groups.yml").write_text((folder / "groups.yml").read_text() + "# changed\n")
    assert "groups.yml" in str(drafted().exception)
    signed("1")
    assert "was taken before" in str(drafted().exception)
    assert len(_run(data, "versions").output.splitlines()) == 1


def test_a_version_is_drafted_approved_published_and_repeated(data: Path) -> None:
    assert _run(data, "draft", "--reason", "first", name="ada").output.startswith("version 1, SM3 ")
    assert isinstance(_run(data, "publish", "1", name="ada").exception, AuthorizationError)
    _run(data, "approve", "1", name="ben")
    assert _run(data, "approve", "1", name="eve").output == "version 1 is approved by ben, eve\n"
    assert _run(data, "publish", "1", name="ada").output.startswith("version 1 is in force, SM3 ")
    assert _run(data, "rollback", "1", "--reason", "again", name="eve").output.startswith("version 2 repeats version 1")
    lines = _run(data, "versions").output.splitlines()
    assert [line.split("\t")[0::2] for line in lines] == [["2", "eve", "again"], ["1", "ada", "first"]]
    control = ControlDatabase(f"sqlite:///{data / 'control.db'}", Kept())
    snapshot = Pap(control).in_force()
    control.close()
    assert snapshot is not None
    assert snapshot.version == 1


def test_who_acts_knows_their_password_and_may_do_it(data: Path) -> None:
    draft = ("draft", "--reason", "first")
    assert isinstance(_run(data, *draft, name="ada", password="wrong").exception, AuthenticationError)
    assert isinstance(_run(data, *draft, name="ben").exception, AuthorizationError)
    assert isinstance(_run(data, "approve", "1", name="kim").exception, AuthorizationError)
    assert _run(data, "versions").output == ""


def test_a_folder_without_a_service_is_said(tmp_path: Path) -> None:
    assert isinstance(_run(tmp_path, "versions").exception, ConfigError)
