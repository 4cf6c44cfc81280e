from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from sentinel.cli.policy_whatif import policy
from sentinel.config import Config
from sentinel.keys.opening import prepare, sealing_of
from sentinel.model.event import PlainEvent, Value
from sentinel.state.history import History
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import AGV, AGV_SESSION, NOW
from tests.policies import ROOT

SITE = str(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")


def test_stored_traffic_is_decided_again_with_the_facts_of_then(tmp_path: Path) -> None:
    ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept()).close()
    store = SqliteStore(tmp_path / "events.db")
    fields: dict[str, Value] = {"event.action": "modbus.write", "fiveg.supi": AGV, "source.ip": "10.45.1.11", "destination.ip": "10.11.6.50",
              "destination.port": 502, "network.transport": "tcp", "ot.direction": "request", "ot.operation": "write"}  # fmt: skip
    store.add([PlainEvent("modbus.write", NOW, f"{NOW:016x}-00000000", "a.pcap", 1, fields)], [], [])
    store.close()
    past = History(tmp_path / "identity.db")
    past.hold("address", AGV_SESSION.key, AGV_SESSION.since, AGV_SESSION.holder, AGV_SESSION.facts)
    past.release("address", AGV_SESSION.key, AGV_SESSION.holder, NOW + 1)  # it is over by now
    past.flush(NOW)
    past.close()
    arguments = ["whatif", "--site", SITE, "--data", str(tmp_path)]
    said = CliRunner().invoke(policy, [*arguments, "--language", "en"])
    assert said.output == f"{AGV}  permitted 1  rejected 0  escaped 0\n", said.output
    row = json.loads(CliRunner().invoke(policy, [*arguments, "--json"]).output)
    assert (row["supi"], row["permitted"], row["lost"]) == (AGV, 1, {})
    none = CliRunner().invoke(policy, [*arguments, "--from", "-1s", "--language", "zh-CN"])
    assert none.output == "没有已知终端的流量\n"


def test_of_a_sealed_store_terminals_are_told_by_their_pseudonyms(tmp_path: Path) -> None:
    """And without the option, the option is named."""
    config = Config(data=tmp_path / "data", rules=tmp_path, seal=True)
    config.data.mkdir()
    control = ControlDatabase(config.control_database, Kept())
    prepare(config, control)
    sealing = sealing_of(config, control)
    store, past = SqliteStore(config.events_database, sealing), History(config.identity_database, sealing=sealing)
    fields: dict[str, Value] = {"event.action": "modbus.write", "fiveg.supi": AGV, "source.ip": "10.45.1.11", "destination.ip": "10.11.6.50",
              "destination.port": 502, "network.transport": "tcp", "ot.direction": "request", "ot.operation": "write"}  # fmt: skip
    store.add([PlainEvent("modbus.write", NOW, f"{NOW:016x}-00000000", "a.pcap", 1, fields)], [], [])
    for each in (store, past, control):
        each.close()
    arguments = ["whatif", "--site", SITE, "--data", str(config.data), "--json"]
    said = CliRunner().invoke(policy, [*arguments, "--seal"])
    assert json.loads(said.output)["supi"].startswith("ps-supi-1-"), said.output
    assert AGV not in said.output
    assert "say --seal" in str(CliRunner().invoke(policy, arguments).exception)
