"""Zero trust from one end to the other: written in the console, approved by others, and on the wire a second later.

A service as people run it, on the gateway between three network namespaces, with a tap there; `sentinel enforce nftables`
that follows it; a real controller that real terminals write to; FreeRADIUS with EAP-TLS; and Chromium.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sentinel.access.authoring.pap import Pap
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.config import Config, shipped
from sentinel.keys.opening import snapshots_of
from sentinel.model.event import PlainEvent, Value
from sentinel.state.history import History
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests import dnaaa, namespaces
from tests.auditing import Kept
from tests.deciding import AGV, FILES, SITE, Past, facts, session
from tests.dnaaa import Aaa, aaa, vsa
from tests.e2e.test_browser import CHROMIUM, PASSWORD
from tests.modbus import WRITE, ask
from tests.namespaces import Plant, plant
from tests.policies import ROOT

_LACKING = namespaces.lacking() or dnaaa.lacking() or ("" if CHROMIUM.exists() else "needs chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(_LACKING), reason=_LACKING), pytest.mark.timeout(900)]

PEOPLE = {"lin": Role.ADMINISTRATOR, "wang": Role.SECURITY, "chen": Role.ANALYST}
GATEWAY = "999700000000002"  # the terminal group that may go on writing
AGV_ADDRESS, GATEWAY_ADDRESS, PORT = "10.45.1.11", "10.45.1.12", 8080
PLC = "10.11.6.50"
NAME = "app:plc/10.11.6.50:502/tcp"
COMMAND = (sys.executable, "-c", "from sentinel.cli import main; main()")
PEIS = {AGV: "860123050000016", GATEWAY: "860123050000024"}
HELD = tuple(session(supi, at, pei=PEIS[supi]) for supi, at in ((AGV, AGV_ADDRESS), (GATEWAY, GATEWAY_ADDRESS)))
SECOND = 10**9


@dataclass
class Writer:
    """Writes to the controller again and again, over one connection while it lasts; when each write was answered."""

    net: Plant
    source: str
    answered: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.is_set():
            with contextlib.suppress(OSError), self.net.connect(self.source, PLC, 502, 0.5) as link:
                link.settimeout(0.5)
                while not self.over.wait(0.02):
                    ask(link, WRITE, 3, 77)
                    self.answered.append(time.time())

    def since(self, moment: float) -> int:
        """How many writes were answered after that."""
        return sum(at > moment for at in self.answered)


@dataclass
class Walk:
    """All of it."""

    data: Path
    net: Plant
    browser: Browser
    aaa: Aaa
    writers: dict[str, Writer]

    def as_(self, name: str) -> Page:
        """The console, with somebody logged in."""
        page = self.browser.new_context(locale="en", viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        page.goto(f"http://127.0.0.1:{PORT}/login")
        page.fill("[name=name]", name)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_be_visible()
        return page

    def gets_a_session(self, supi: str) -> bool:
        """Whether a terminal that comes with its certificate gets a session, by way of the SMF's question."""
        values = {1: supi.encode(), 20: f"{PEIS[supi][:14]}99".encode(), 125: bytes.fromhex("020000a1"),
                  22: bytes.fromhex("8999f90700000199f9070000000011")}  # fmt: skip
        whole = "".join(vsa(number, each).partition(":")[2].removeprefix("000028af") for number, each in values.items())
        return self.aaa.accepts(supi, {"26": f"x:000028af{whole}", "30": "s:ot"})


def _until(holds: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def _recorded(config: Config) -> None:
    """People who were always there, the example policy in force, and traffic of a while ago with its sessions."""
    now = time.time_ns()
    with contextlib.closing(ControlDatabase(config.control_database, Kept())) as control:
        for name, role in PEOPLE.items():
            Accounts(control).create(name, PASSWORD, role, by="command:root")
        pap = Pap(control, snapshots=snapshots_of(config, control))
        pap.draft(FILES, SITE.time_zone, by="somebody", reason="examples")
        for name in ("wang", "chen"):
            pap.approve(1, by=name)
        pap.publish(1, by="somebody")
    with contextlib.closing(History(config.identity_database)) as history:
        for held in HELD:
            history.hold("address", held.key, now - 3600 * SECOND, held.holder, held.facts)
        history.flush(now)
    with contextlib.closing(SqliteStore(config.events_database)) as store:
        store.add([_write(AGV, AGV_ADDRESS, now), _write(GATEWAY, GATEWAY_ADDRESS, now)], [], [])
    facts(config.facts, Past(HELD)).close()


def _write(supi: str, address: str, now: int) -> PlainEvent:
    fields: dict[str, Value] = {
        "event.action": "modbus.write", "fiveg.supi": supi, "source.ip": address, "destination.ip": PLC,
        "destination.port": 502, "network.transport": "tcp", "ot.direction": "request", "ot.operation": "write",
    }  # fmt: skip
    at = now - 600 * SECOND
    return PlainEvent("modbus.write", at, f"{at:016x}-{supi[-2:]}", "mirror0", 1, fields)


def _said(*command: str) -> str:
    """What `sentinel` says; it has to end well."""
    found = subprocess.run([*COMMAND, *command], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout.strip()


def _on_the_gateway(folder: Path, gateway: str, program: str) -> Path:
    """A program that runs in the gateway's namespace, wherever it is started."""
    script = folder / program
    script.write_text(f'#!/bin/sh\nexec ip netns exec {gateway} {shutil.which(program)} "$@"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Walk]:
    data, tools = tmp_path / "data", tmp_path / "tools"
    for folder in (data, tools, tmp_path / "aaa"):
        folder.mkdir()
    config = Config(data=data, rules=shipped("rules"), site=ROOT / "deploy" / "examples" / "site-demo" / "site.yaml")
    _recorded(config)
    n6, dn_aaa = (
        _said("enforce", "add", f"our-{kind}", "--kind", kind, "--data", str(data)) for kind in ("nftables", "dn-aaa")
    )
    (tmp_path / "token").write_text(n6)
    (tmp_path / "token").chmod(0o600)
    with contextlib.ExitStack() as stack:
        net = stack.enter_context(plant((AGV_ADDRESS, GATEWAY_ADDRESS), (PLC,)))
        stack.enter_context(net.run(net.network, sys.executable, "-m", "tests.modbus", PLC, "502", ready=b"ready\n"))
        chromium = _on_the_gateway(tools, net.gateway, "chromium")
        for program in ("freeradius", "eapol_test"):
            _on_the_gateway(tools, net.gateway, program)
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        service = (*COMMAND, "run", "--site", str(config.site), "--data", str(data), "--listen", f"127.0.0.1:{PORT}",
                   "--interface", f"sn{net.terminals[-8:]}")  # fmt: skip
        said = f"Console: http://127.0.0.1:{PORT}/\n".encode()
        stack.enter_context(net.run(net.gateway, *service, ready=said))
        url = f"http://127.0.0.1:{PORT}"
        gateway = (
            *COMMAND,
            "enforce",
            "nftables",
            "--from",
            url,
            "--token-file",
            str(tmp_path / "token"),
            "--pool",
            "10.45.0.0/16",
        )
        stack.enter_context(net.run(net.gateway, *gateway))
        radius = stack.enter_context(aaa(tmp_path / "aaa", url, dn_aaa, f"{PLC}:502/tcp"))
        writers = {supi: Writer(net, at) for supi, at in ((AGV, AGV_ADDRESS), (GATEWAY, GATEWAY_ADDRESS))}
        for writer in writers.values():
            thread = threading.Thread(target=writer.run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(writer.over.set)
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=chromium, args=arguments)
        stack.callback(browser.close)
        yield Walk(data, net, browser, radius, writers)


def _restricted(page: Page) -> None:
    """By the form, studied, and proposed."""
    page.goto(f"http://127.0.0.1:{PORT}/policies")
    page.click("text=Write a draft")
    page.select_option("[name=group]", "plc-gateway")
    page.check("[value='modbus:write']")
    page.check("[value='connect']")
    page.select_option("[name=resource]", "app:plc")
    page.click("text=Write the rule")
    expect(page.locator(".notice-good")).to_contain_text("The rule is written")
    page.goto(f"http://127.0.0.1:{PORT}/policies/draft/tests")
    for box in page.locator("[name=case]").all():
        box.check()
    page.click("text=Expect this in the chosen cases")
    expect(page.locator(".tag-failed")).to_have_count(0)
    page.goto(f"http://127.0.0.1:{PORT}/policies/draft/whatif")
    page.click("text=Decide it again under this policy")
    expect(page.locator("tr.loses")).to_have_count(1, timeout=60_000)
    expect(page.locator("tr.loses")).to_contain_text(AGV)
    page.goto(f"http://127.0.0.1:{PORT}/policies/draft")
    page.fill("[name=reason]", "only gateways write")
    page.click("text=Propose as a version")
    expect(page.locator("h1")).to_have_text("Version 2")


def _published(walk: Walk) -> float:
    """Approved by two others, published by one of them; when."""
    pages = [walk.as_(name) for name in ("chen", "wang")]
    for page in pages:
        page.goto(f"http://127.0.0.1:{PORT}/policies/2")
        page.click("button:has-text('Approve')")
        expect(page.locator(".notice-good")).to_be_visible()
    pages[-1].click("button:has-text('Publish')")
    expect(pages[-1].locator(".version-in_force")).to_be_visible()
    with contextlib.closing(ControlDatabase(f"sqlite:///{walk.data / 'control.db'}", Kept())) as control:
        return Pap(control).version(2).published


def test_plc_writes_are_for_one_group_within_a_second_of_the_publication(walk: Walk) -> None:
    _until(lambda: all(len(writer.answered) > 10 for writer in walk.writers.values()))
    assert walk.gets_a_session(AGV)
    page = walk.as_("lin")
    _restricted(page)
    published = _published(walk)

    _until(lambda: time.time() > published + 4)
    agv, gateway = walk.writers[AGV], walk.writers[GATEWAY]
    late = agv.answered[-1] - published
    assert -2 < late < 1, f"the last write of the other group was answered {late:.3f} s after the publication"
    assert gateway.since(published + 2) > 10
    with pytest.raises(OSError, match="timed out"):
        walk.net.connect(AGV_ADDRESS, PLC, 502, 0.5)
    assert (walk.gets_a_session(AGV), walk.gets_a_session(GATEWAY)) == (False, True)

    page.goto(f"http://127.0.0.1:{PORT}/decisions?verdict=deny&terminal={AGV}&resource={NAME}")
    page.locator("a[href^='/decisions/']").first.click()
    expect(page.locator("main")).to_contain_text("only-plc-gateway-app-plc")
    expect(page.locator("main")).to_contain_text("casbin gives the same answer by the same rules")
    page.goto(f"http://127.0.0.1:{PORT}/?q=source.ip:{AGV_ADDRESS}")
    page.locator("[data-row] a", has_text="Modbus write from an unapproved master").first.click()
    expect(page.locator("main")).to_contain_text("ot.writer.permitted")
    key = _said("audit", "key", "--data", str(walk.data))
    _said("audit", "verify", "--data", str(walk.data), "--key", key)  # it ends well, or this fails
