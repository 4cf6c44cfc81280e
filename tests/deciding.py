"""A decision point over the demo site, for tests: stores in a folder, a past that tests write, no threads but one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from sentinel.access.authoring.files import load_folder, read_folder
from sentinel.accounts.roles import Role
from sentinel.model.access import application
from sentinel.model.alert import Alert, Clause, Domain, Evidence, RuleRef, Severity, Stage
from sentinel.model.audit import Act, Action, Auditor
from sentinel.model.event import Value
from sentinel.model.facts import Kind, Told
from sentinel.operations.doors import Deciding
from sentinel.site import SitePlan, load_site
from sentinel.state.history import Held
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase, PointSettings, User
from sentinel.store.facts import FactLog
from tests.auditing import Kept
from tests.policies import MODEL, ROOT

SITE = load_site(ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")
POLICY = load_folder(ROOT / "policies", SITE.time_zone)
FILES = read_folder(ROOT / "policies")
AGV, TABLET = "999700000000001", "999700000000004"
NOW = 1_772_445_600_000_000_000  # 2026-03-02T18:00 in Shanghai
PLC = application("plc", "10.11.6.50", 502, "tcp")
SECOND = 10**9
HOUR = 3600 * SECOND


def session(supi: str, address: str, since: int = NOW - HOUR, **facts: Value) -> Held:
    """A session of a terminal that lasts."""
    named: dict[str, Value] = {
        "fiveg.supi": supi,
        "fiveg.dnn": "ot",
        "fiveg.snssai.sst": 2,
        "fiveg.snssai.sd": "0000a1",
    }
    given = {f"fiveg.{name}": value for name, value in facts.items()}
    return Held("address", address, since, None, f"{supi}@{since}", named | given)


AGV_SESSION = session(AGV, "10.45.1.11", pei="860123050000016")
AGV_PLACE = Held("context", "10.11.2.101/1", NOW - HOUR, None, AGV,
                 {"fiveg.supi": AGV, "fiveg.nci": "0x000000011", "fiveg.tac": "1"})  # fmt: skip


@dataclasses.dataclass
class Past:
    """Who held what, as a list."""

    held: Sequence[Held] = (AGV_SESSION, AGV_PLACE)

    def holders(self, kind: str, key: str, at: int) -> list[Held]:
        return [each for each in self.held if (each.kind, each.key) == (kind, key) and each.since <= at]

    def holdings(self, supi: str, since: int, until: int, most: int = 64) -> list[Held]:
        return [each for each in self.held if each.facts["fiveg.supi"] == supi][:most]


def facts(path: Path, past: Past) -> FactLog:
    """A log that tells of what a past holds as of now."""
    log = FactLog(path)
    log.tell([_told(held) for held in past.held])
    return log


def holds(made: Deciding, held: Sequence[Held]) -> None:
    """Have this be what is held now, and nothing else."""
    log = made.following._log
    standing = [told for told in log.after(0, [Kind.SESSION, Kind.PLACE]) if not told.over]
    log.tell([dataclasses.replace(told, over=True) for told in standing])
    log.tell([_told(each) for each in held])
    made.following.hear()


def _told(held: Held) -> Told:
    if held.kind == "address":
        return Told(
            Kind.SESSION, held.holder, held.since, {**held.facts, "since": held.since, "addresses": (held.key,)}
        )
    return Told(Kind.PLACE, held.key, held.since, {**held.facts, "since": held.since})


def alert(
    name: str = "a1", supi: str = AGV, last: int = NOW, severity: Severity = Severity.HIGH, kind: str = "modbus.write", count: int = 1,
    domain: Domain = Domain.EDGE,
) -> Alert:  # fmt: skip
    """An alert about a terminal."""
    rule = RuleRef("some-rule", "id", "v", "T", "题", "", "", severity, (Stage.JUDGEMENT,), domain, ())
    proof = (Evidence(f"{last:016x}-00", kind, last, "a.pcap", 1),)
    return Alert(
        name, rule, (("fiveg.supi", supi),), last, last, count, {"fiveg.supi": supi}, proof, Clause("and", True)
    )


def enrolled(made: Deciding, name: str, kind: str) -> str:
    """The token of an enforcement point of this kind, who may ask from now on."""
    token = made.points.enrol(name, by="ada")
    with made.points._control.begin() as session:
        session.add(PointSettings(name=name, kind=kind, active=True, created=0.0))
        session.tell(Act(Action.POINT_ADDED, "ada", name))
    made.points.refresh()
    return token


def people(control: ControlDatabase, *names: str) -> None:
    """Administrators who were always there."""
    with control.begin() as session:
        session.add_all(
            User(name=name, password_hash="", role=Role.ADMINISTRATOR, created=0.0) for name in names
        )  # fmt: skip
        session.tell(*(Act(Action.USER_ADDED, "root", name) for name in names))


def hidden(supi: str) -> str:
    """What stands for a SUPI in the audit log."""
    return f"ps-{supi[::-1]}"


def deciding(
    folder: Path, past: Past | None = None, site: SitePlan = SITE, auditor: Auditor | None = None
) -> tuple[Deciding, SqliteStore]:
    """All of it; nothing is published."""
    store = SqliteStore(folder / "access-events.db")
    control = ControlDatabase(f"sqlite:///{folder / 'access-control.db'}", auditor or Kept())
    return Deciding.over(
        site, store, control, past or Past(), MODEL, facts(folder / "access-facts.db", past or Past()), named=hidden
    ), store


def published(made: Deciding) -> Deciding:
    """The same with the example policy in force."""
    people(made.pap._control, "ada", "ben", "eve")
    made.pap.draft(FILES, SITE.time_zone, by="ada", reason="first")
    for name in ("ben", "eve"):
        made.pap.approve(1, by=name)
    made.pap.publish(1, by="ada")
    made.refresh()
    return made
