from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.audit import pseudonyms as module
from sentinel.audit.opening import audited
from sentinel.audit.record import decode
from sentinel.config import Config
from sentinel.keys.opening import prepare, sealing_of
from sentinel.model.audit import Act, Action
from sentinel.model.personal import Identifier

SUPI = "999700000000001"


def _config(folder: Path, *, seal: bool = False) -> Config:
    return Config(data=folder / "data", rules=folder, seal=seal)


@pytest.mark.parametrize("seal", [False, True])
def test_records_name_people_by_the_pseudonyms_of_the_stores(tmp_path: Path, *, seal: bool) -> None:
    """Also where the stores are not sealed; and by kind or by form alike."""
    config = _config(tmp_path, seal=seal)
    ledger, control, names = audited(config)
    prepare(config, control)
    ledger.record(Act(Action.ALERT_CHANGED, "anna", details={"note": f"imsi-{SUPI}"}))
    noted = str(decode(*ledger.log.records(ledger.log.head()[0] - 1, ledger.log.head()[0])).details["note"])
    sealing = sealing_of(_config(tmp_path, seal=True), control) if seal else None
    assert noted.startswith("ps-supi-1-")
    assert noted == names.of(Identifier.SUPI, SUPI)
    assert sealing is None or noted in sealing.pseudonyms(SUPI)
    control.close()
    ledger.close()


def test_where_there_is_no_key_nothing_is_written_and_one_that_comes_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_AFTER", 0.0)
    config = _config(tmp_path)
    ledger, control, names = audited(config)
    assert (names(SUPI), names.of(Identifier.SUPI, SUPI)) == ("[withheld]", "[withheld]")
    prepare(config, control)
    assert names(SUPI).startswith("ps-supi-1-")
    control.close()
    ledger.close()
