from __future__ import annotations

import json
import time
from pathlib import Path

from click.testing import CliRunner, Result

from sentinel.cli.policy_shadow import policy
from sentinel.errors import AccessError
from sentinel.model.event import PlainEvent, Value
from sentinel.store.backends.sqlite import SqliteStore
from tests.unit.cli.test_policy_versions import _run as _versions
from tests.unit.cli.test_policy_versions import data

__all__ = ["data"]  # the fixture: people who may act


def _shadow(data: Path, *arguments: str, name: str = "") -> Result:
    who = ("--as", name, "--password-stdin") if name else ()
    return CliRunner().invoke(
        policy, ["shadow", *arguments, "--data", str(data), *who], input="correct horse battery\n"
    )


def test_a_shadow_begins_is_reported_and_ends(data: Path) -> None:
    assert isinstance(_shadow(data, "report").exception, AccessError)
    _versions(data, "draft", "--reason", "first", name="ada")
    assert _shadow(data, "start", "1", name="ada").output == "version 1 judges in shadow\n"
    now = time.time_ns()
    fields: dict[str, Value] = {
        "event.action": "access.decision", "fiveg.supi": "999700000000001", "access.resource": "app:plc", "access.action": "connect",
        "access.shadow.version": 1, "access.shadow.decision": "deny", "access.shadow.reason": "no_rule",
    }  # fmt: skip
    store = SqliteStore(data / "events.db")
    store.add([PlainEvent("access.decision", now, f"{now:016x}-00000000", "gateway", 0, fields)], [], [])
    store.close()
    assert _shadow(data, "report", "--language", "en").output == (
        "version 1 in shadow: 1 judged, 0 more allowed, 1 more denied\n"
        "  deny: app:plc connect: 1 times, 1 terminals: no rule allows it\n"
    )
    assert "影子策略版本 1：判决 1 次" in _shadow(data, "report", "--language", "zh-CN").output
    assert json.loads(_shadow(data, "report", "--json").output)["lost"] == 1
    assert _shadow(data, "stop", name="ada").output == "version 1 judges in shadow no more\n"
    assert isinstance(_shadow(data, "report").exception, AccessError)
