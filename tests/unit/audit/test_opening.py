from __future__ import annotations

from pathlib import Path

from sentinel.audit.opening import audited
from sentinel.config import Config
from sentinel.keys.opening import prepare


def test_what_changes_the_database_is_recorded_in_the_log(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data", rules=tmp_path)
    ledger, control, _ = audited(config)
    prepare(config, control)
    assert ledger.log.head()[0] > 0
    control.close()
    ledger.close()
