"""Challenges are signed on the command line, for the right key and installation, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sentinel.cli import commands
from sentinel.crypto.certificate import Holder, Identity
from sentinel.crypto.keyfile import load_public
from sentinel.crypto.suite import suite
from sentinel.errors import SentinelError
from sentinel.keys.authority import Authority
from tests.people import PASSWORD, People

PASSPHRASE = "a long passphrase"


def _login(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["login", *arguments, "--passphrase-stdin"], input=PASSPHRASE)


def test_a_key_is_made_registered_and_logs_in(tmp_path: Path) -> None:
    """What is printed is pasted; what is signed is said beside it."""
    path, people = tmp_path / "root.sm2", People(tmp_path)
    assert _login("key", str(path)).output.split() == [str(path), f"{path}.pub"]
    assert path.stat().st_mode & 0o777 == 0o600
    challenge = people.factors.keys.begin("root", Path(f"{path}.pub").read_text(), PASSWORD)
    people.factors.keys.prove("root", _login("sign", challenge, "--key", str(path)).stdout)
    pending = people.pending("root")
    server = people.factors.keys.server()
    done = _login("sign", people.factors.asked(pending).challenge, "--key", str(path), "--server", server)
    assert done.stderr == f"sentinel: log in, to {server}\n"
    assert people.factors.by_answer(pending, done.stdout).account.name == "root"


def test_what_is_not_signed(tmp_path: Path) -> None:
    """Another key's challenge, another installation's, no challenge at all; a device is absent, not pretended."""
    path, people = str(tmp_path / "root.sm2"), People(tmp_path)
    _login("key", path)
    challenge = people.factors.keys.begin("root", Path(f"{path}.pub").read_text(), PASSWORD)
    _login("key", str(tmp_path / "other"))
    for says, arguments in (
        ("another key", (challenge, "--key", str(tmp_path / "other"))),
        ("expected `elsewhere`", (challenge, "--key", path, "--server", "elsewhere")),
        ("no challenge", ("AAAA", "--key", path)),
        ("absent", (challenge, "--key", "skf:1")),
    ):
        done = _login("sign", *arguments)
        assert isinstance(done.exception, SentinelError)
        assert says in str(done.exception)
        assert done.stdout == ""


def test_a_challenge_of_a_certificate_is_signed_beside_it(tmp_path: Path) -> None:
    """Not of the key alone: the certificate is what was registered."""
    path, people, key = tmp_path / "root.sm2", People(tmp_path), suite().signer.sm2_keygen()
    issuer = Authority.begin(people.control, suite(), key, "Plant CA", 3650, "test", people.clock)
    _login("key", str(path))
    public = load_public(Path(f"{path}.pub").read_bytes())
    pem = issuer.issue(Identity(Holder.ADMINISTRATOR, "root"), public, (), 30).pem
    (tmp_path / "root.pem").write_bytes(pem)
    challenge = people.factors.keys.begin("root", pem.decode(), PASSWORD)
    assert "another key" in str(_login("sign", challenge, "--key", str(path)).exception)
    done = _login("sign", challenge, "--key", str(path), "--certificate", str(tmp_path / "root.pem"))
    people.factors.keys.prove("root", done.stdout)


def test_a_key_has_a_passphrase(tmp_path: Path) -> None:
    done = CliRunner().invoke(commands, ["login", "key", str(tmp_path / "k"), "--passphrase-stdin"], input="short")
    assert isinstance(done.exception, SentinelError)
    with pytest.raises(FileNotFoundError):
        (tmp_path / "k").read_bytes()
