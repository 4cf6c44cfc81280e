"""The doctor says which suites collectors use, and how long the list of revoked certificates holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.config import SM
from sentinel.crypto.base import Settings
from sentinel.doctor.base import Finding, Patient, State
from sentinel.doctor.tls import Tls
from sentinel.keys.authority import Authority
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.certificates import SUITE


def _found(folder: Path, suites: str = "classic", library: str = "libcrypto.so.3") -> dict[str, Finding]:
    return {each.what: each for each in Tls().findings(Patient(folder, Settings(library), suites))}


def test_it_says_which_suites_were_chosen(tmp_path: Path) -> None:
    """And that those of RFC 8998 work here."""
    assert _found(tmp_path)["tls"].state is State.LACKING
    chosen = _found(tmp_path, SM)["tls"]
    assert chosen.state is State.GOOD
    assert "TLS_SM4_GCM_SM3, curveSM2, sm2sig_sm3" in chosen.text


def test_it_says_that_they_do_not_work(tmp_path: Path) -> None:
    """Here because nobody signs."""
    assert _found(tmp_path, SM, "libnowhere.so")["tls"].state is State.FAILED
    assert _found(tmp_path, library="libnowhere.so")["tls"].state is State.LACKING


@pytest.mark.parametrize(("days", "state"), [(90, State.GOOD), (10, State.LACKING), (-1, State.FAILED)])
def test_it_says_how_long_the_list_holds(tmp_path: Path, days: int, state: State) -> None:
    """Of the authority, where there is one."""
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    assert "tls.crl" not in _found(tmp_path)
    Authority.begin(control, SUITE, SUITE.signer.sm2_keygen(), "CA", 100, "li").list_anew(days)
    control.close()
    assert _found(tmp_path)["tls.crl"].state is state


def test_what_is_no_database(tmp_path: Path) -> None:
    """It does not raise."""
    (tmp_path / "control.db").write_text("no database, but long enough to be looked at as one")
    assert set(_found(tmp_path)) == {"tls"}
