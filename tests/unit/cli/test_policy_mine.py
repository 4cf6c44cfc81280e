from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from sentinel.access.authoring.files import load
from sentinel.cli.policy_mine import policy
from sentinel.model.event import PlainEvent, Value
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import AGV, NOW, TABLET, alert
from tests.policies import MODEL, ROOT

SITE = str(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")


def test_a_draft_is_made_of_stored_traffic_without_terminals_with_alerts(tmp_path: Path) -> None:
    """What it prints is a policy file; evidence is named by the ids of events."""
    ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept()).close()
    store = SqliteStore(tmp_path / "events.db")
    flow: dict[str, Value] = {
        "event.action": "flow.started",
        "destination.ip": "10.11.6.50",
        "destination.port": 502,
        "network.transport": "tcp",
    }
    events = [
        PlainEvent("flow.started", NOW, f"{NOW:016x}-0000000{at}", "a.pcap", 1, {**flow, "fiveg.supi": supi})
        for at, supi in enumerate((AGV, AGV, TABLET))
    ]
    store.add(events, [alert(supi=TABLET)], [])
    store.close()
    said = CliRunner().invoke(policy, ["mine", "--site", SITE, "--data", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert "seen 2 times, from 1 of 2 terminals" in said.output
    assert f"# evidence: {NOW:016x}-00000000, {NOW:016x}-00000001" in said.output
    (rule,) = load({"model.conf": MODEL, "mined/policy.yml": said.output}, "UTC").rules
    assert (rule.subjects, rule.targets[0].text, rule.actions) == (
        ("grp:agv",),
        "app:plc/10.11.6.50:502/tcp",
        ("connect",),
    )
