"""An administrator restricts PLC writes to one group, in a real browser: written, studied, approved by others, in force."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from sentinel.access.authoring.pap import Pap
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.roles import Role
from sentinel.config import Config, shipped
from sentinel.keys.opening import snapshots_of
from sentinel.model.event import PlainEvent, Value
from sentinel.service import door
from sentinel.state.history import History
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.deciding import AGV, AGV_SESSION, FILES, SITE
from tests.e2e.test_browser import PASSWORD, Console, browser, page_of
from tests.policies import ROOT

__all__ = ["browser"]
pytestmark = pytest.mark.browser
PEOPLE = {"lin": Role.SECURITY, "wang": Role.SECURITY, "chen": Role.ANALYST}
SECOND = 10**9
PATHS = ("/forecast", "/decisions", "/terminals", f"/terminals/{AGV}", "/resources", "/resources/app:plc/10.11.6.50:502/tcp", "/permits",
         "/enforcement", "/policies", "/policies/1/files", "/policies/1/analysis")  # fmt: skip


def _write(at: int) -> PlainEvent:
    """An AGV writes a register of the controller."""
    fields: dict[str, Value] = {
        "event.action": "modbus.write", "fiveg.supi": AGV, "source.ip": "10.45.1.11", "destination.ip": "10.11.6.50",
        "destination.port": 502, "network.transport": "tcp", "ot.direction": "request", "ot.operation": "write",
    }  # fmt: skip
    return PlainEvent("modbus.write", at, f"{at:016x}-01", "mirror0", 1, fields)


def _prepared(config: Config) -> SqliteStore:
    """People who were always there, the example policy in force, and a write of a while ago with its session."""
    now = time.time_ns()
    with closing(ControlDatabase(config.control_database, Kept())) as control:
        for name, role in PEOPLE.items():
            Accounts(control).create(name, PASSWORD, Role.ADMINISTRATOR if name == "lin" else role, by="command:root")
        pap = Pap(control, snapshots=snapshots_of(config, control))
        pap.draft(FILES, SITE.time_zone, by="somebody", reason="examples")
        for name in ("wang", "chen"):
            pap.approve(1, by=name)
        pap.publish(1, by="somebody")
    with closing(History(config.identity_database)) as history:
        history.hold("address", "10.45.1.11", now - 3600 * SECOND, "s1", AGV_SESSION.facts)
        history.flush(now)
    store = SqliteStore(config.events_database)
    event = _write(now - 600 * SECOND)
    store.add([event], [], [])
    return store


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """The door as the service makes it, over the demo site."""
    config = Config(
        data=tmp_path, rules=shipped("rules"), site=ROOT / "deploy" / "examples" / "site-demo" / "site.yaml"
    )
    store = _prepared(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = door(config)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Console(f"http://127.0.0.1:{listener.getsockname()[1]}", store, "", config)
        server.should_exit = True
        thread.join(10)
        app.state.parts.deciding.close()
    store.close()


def _as(browser: Browser, console: Console, name: str, theme: str = "light") -> Page:
    page = page_of(browser, console, "en")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{console.url}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_visible()
    return page


def test_a_mistake_is_marked_and_a_name_is_offered_while_it_is_written(browser: Browser, console: Console) -> None:
    """In the editor, with the keyboard alone; its keys are no keys of the console."""
    page = _as(browser, console, "lin")
    page.goto(f"{console.url}/policies")
    page.click("text=Write a draft")
    editor = page.locator("policy-editor .cm-content")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("gr\n")
    expect(page.locator("[data-verdict]")).to_have_text("Mistakes: 1")
    expect(page.locator("policy-editor .cm-lint-marker-error").first).to_be_visible()
    expect(page.locator("#mistakes li")).to_contain_text("data/policy.yml")
    page.goto(f"{console.url}/policies/draft?file=terminal_access/policy.yml")
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  - id: x\nsubject: grp:ag")
    expect(page.locator("policy-editor .cm-tooltip-autocomplete li").first).to_have_text("grp:agv")
    assert console.complaints == []


def test_plc_writes_are_restricted_to_one_group(browser: Browser, console: Console) -> None:
    """By a form; the what-if names the terminal that loses; others approve; it is in force, and the terminal's page says why."""
    page = _as(browser, console, "lin")
    page.goto(f"{console.url}/policies")
    page.click("text=Write a draft")
    page.select_option("[name=group]", "plc-gateway")
    page.check("[value='modbus:write']")
    page.select_option("[name=resource]", "app:plc")
    page.click("text=Write the rule")
    expect(page.locator(".notice-good")).to_contain_text("The rule is written")
    page.goto(f"{console.url}/policies/draft/tests")
    for box in page.locator("[name=case]").all():
        box.check()
    page.click("text=Expect this in the chosen cases")
    expect(page.locator(".tag-failed")).to_have_count(0)
    page.goto(f"{console.url}/policies/draft/whatif")
    page.click("text=Decide it again under this policy")
    expect(page.locator("tr.loses")).to_contain_text(AGV, timeout=15_000)
    page.goto(f"{console.url}/policies/draft")
    page.fill("[name=reason]", "only gateways write")
    page.click("text=Propose as a version")
    expect(page.locator("h1")).to_have_text("Version 2")
    for name in ("wang", "chen"):
        other = _as(browser, console, name, "dark")
        other.goto(f"{console.url}/policies/2")
        expect(other.locator("text=denied now")).to_be_visible()
        other.click("button:has-text('Approve')")
        expect(other.locator(".notice-good")).to_be_visible()
    page.reload()
    page.click("button:has-text('Publish')")
    expect(page.locator(".version-in_force")).to_be_visible()
    page.goto(f"{console.url}/terminals/{AGV}?resource=app:plc/10.11.6.50:502/tcp&action=modbus:write")
    expect(page.locator(".tried")).to_contain_text("only-plc-gateway-app-plc")
    assert console.complaints == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_opens_without_a_complaint(browser: Browser, console: Console, language: str) -> None:
    """In both languages, and none is wider than its window."""
    page = _as(browser, console, "lin")
    page.goto(f"{console.url}/language/{language}")
    for path in PATHS:
        page.goto(console.url + path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert console.complaints == []
