"""The two doors over a real store with a few alerts, and somebody of each role."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from sentinel import api, web
from sentinel.accounts.accounts import SESSION_COOKIE, Accounts
from sentinel.accounts.collectors import Collectors
from sentinel.accounts.roles import Role
from sentinel.accounts.second_factor import SecondFactors
from sentinel.audit.ledger import Ledger
from sentinel.evidence.requests import Requests
from sentinel.model.alert import Alert, Clause, Domain, Evidence, RuleRef, Severity, Stage
from sentinel.model.event import Frame, PlainEvent, Value
from sentinel.operations.doors import Deciding, Parts, Receiving
from sentinel.shipping.inbox import Inbox
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from sentinel.store.sealing import Clear
from tests.auditing import Kept
from tests.deciding import SITE, Past, facts
from tests.policies import MODEL
from tests.sealed import personal, vault

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have the successor of httpx, which is young
    from starlette.testclient import TestClient

PASSWORD = "correct horse battery"
START = 1_790_000_000_000_000_000


def a_rule(number: int = 0) -> RuleRef:
    """A rule; the number chooses its severity."""
    severity = list(Severity)[number % 5]
    return RuleRef(f"rule-{number}", f"id-{number}", "v" * 64, f"Title {number}", f"标题{number}", "What it finds", "发现什么",
                   severity, (Stage.JUDGEMENT,), Domain.ACCESS, ("fight.fgt5012.006", "attack.t0860"), "Do this", "这样处置",
                   ("A drill",), ("演练",))  # fmt: skip


def an_event(number: int) -> PlainEvent:
    """An event with one frame."""
    time = START + number * 1_000_000_000
    fields: dict[str, Value] = {"event.action": "nas.security_mode_command", "source.ip": "10.11.2.10", "source.port": 38412,
              "destination.ip": "10.11.2.101", "destination.port": 9487, "fiveg.supi": f"99970000000{number:04d}",
              "fiveg.nas.cipher": "NEA0"}  # fmt: skip
    return PlainEvent("nas.security_mode_command", time, f"{time:016x}-{number:08x}", "plant<b>.pcap", number + 1, fields,
                      (Frame(time, 1, bytes([number]) * 60),))  # fmt: skip


def an_alert(number: int) -> Alert:
    """An alert about one event."""
    event = an_event(number)
    why = Clause(
        "and",
        True,
        children=(
            Clause("fiveg.nas.cipher = NEA0", True, "fiveg.nas.cipher", "NEA0"),
            Clause("not", True, children=(Clause("fiveg.gnb.id = 1", False, "fiveg.gnb.id"),)),
        ),
    )
    return Alert(f"alert-{number}", a_rule(number), (("fiveg.supi", f"99970000000{number:04d}"),), event.time, event.time, 1,
                 {"fiveg.supi": f"99970000000{number:04d}", "fiveg.identity_source": "N4"},
                 (Evidence(event.id, event.kind, event.time, event.source, event.packet),), why)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """A provider of rules."""

    rules: tuple[RuleRef, ...] = tuple(a_rule(number) for number in range(7))


@dataclass(slots=True)
class Doors:
    """The application, what is behind it, and a session token for each role."""

    app: FastAPI
    store: SqliteStore
    accounts: Accounts
    tokens: Mapping[str, str]
    receiving: Receiving
    ledger: Ledger
    access: Deciding
    factors: SecondFactors

    def browser(self, role: str = "") -> TestClient:
        """A browser in which somebody of this role is logged in; nobody without a role."""
        client = TestClient(self.app, base_url="http://sentinel.test", follow_redirects=False)
        if role:
            client.cookies.set(SESSION_COOKIE, self.tokens[role])
        return client

    def program(self, role: str = "") -> TestClient:
        """A program with a bearer token of this role."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        return TestClient(self.app, base_url="http://sentinel.test/api/v1/", headers=headers, follow_redirects=False)


@pytest.fixture(scope="session")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """A control database with one user of each role, logged in; made once because hashing is slow on purpose."""
    path = tmp_path_factory.mktemp("control") / "control.db"
    control = ControlDatabase(f"sqlite:///{path}", Kept())
    accounts = Accounts(control)
    accounts.create_first_administrator(accounts.issue_setup_token(), Role.ADMINISTRATOR.value + "1", PASSWORD)
    for role in (Role.ANALYST, Role.AUDITOR, Role.SYSTEM, Role.SECURITY):
        accounts.create(role.value + "1", PASSWORD, role, by="root")
    tokens = {role.value: accounts.login(role.value + "1", PASSWORD).token for role in Role}
    control.close()  # the last connection to close writes the log back into the file
    return path, tokens


@pytest.fixture
def doors(request: pytest.FixtureRequest, tmp_path: Path, everybody: tuple[Path, Mapping[str, str]]) -> Iterator[Doors]:
    """The doors over seven alerts; with the parameter `sealed`, over a store that seals identifiers."""
    (tmp_path / "control.db").write_bytes(everybody[0].read_bytes())
    ledger = Ledger(tmp_path / "audit")
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", ledger)
    accounts = Accounts(control)
    sealing = personal(tmp_path) if getattr(request, "param", "") == "sealed" else Clear()
    store = SqliteStore(tmp_path / "events.db", sealing)
    events = [an_event(number) for number in range(7)]
    store.add(events, [an_alert(number) for number in range(7)], events)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    receiving = Receiving(Collectors(control), Inbox(tmp_path / "inbox"), Requests(tmp_path / "cuts"))
    access = Deciding.over(SITE, store, control, Past(), MODEL, facts(tmp_path / "facts.db", Past()))
    factors = SecondFactors(accounts, control, vault(tmp_path, control))
    parts = Parts(
        store, accounts, Rules(), ledger, receiving=receiving, access=access, factors=factors, sealed=sealing.on,
        hide=lambda name, identifier: str(sealing.hide({name: identifier})[0][name]),
    )  # fmt: skip
    api.mount(app, parts)
    web.mount(app, parts)
    yield Doors(app, store, accounts, everybody[1], receiving, ledger, access, factors)
    access.close()
    store.close()
    control.close()
    ledger.close()
