"""A person's first hour, in a real browser: set up, log in, open the queue, open an alert, close it with a reason."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from sentinel.accounts.accounts import Accounts
from sentinel.config import Config, shipped
from sentinel.crypto.totp import code_at
from sentinel.model.alert import Alert, AlertState, Clause, ClosingReason, Evidence
from sentinel.model.event import Frame, PlainEvent, Value
from sentinel.pipeline import load_rules
from sentinel.service import door
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery"


@dataclass(slots=True)
class Console:
    """A running service, its store, and what the browser complained about."""

    url: str
    store: SqliteStore
    setup_token: str
    config: Config
    complaints: list[str] = field(default_factory=list)


def _event(number: int) -> PlainEvent:
    when = time.time_ns() - number * 60_000_000_000
    kind = "nas.security_mode_command"
    fields: dict[str, Value] = {
        "event.action": kind, "source.ip": "10.11.2.10", "source.port": 38412, "destination.ip": "10.11.2.101",
        "fiveg.supi": f"99970000000{number:04d}", "fiveg.identity_source": "N4", "fiveg.nas.cipher": "NEA0",
    }  # fmt: skip
    return PlainEvent(kind, when, f"{when:016x}-{number:08x}", "mirror0", number, fields, (Frame(when, 1, b"x" * 60),))


def _alert(number: int, event: PlainEvent, config: Config) -> Alert:
    rules = [document.ref for document in load_rules(config.rules).alerting]
    why = Clause("and", True, children=(Clause("fiveg.nas.cipher = NEA0", True, "fiveg.nas.cipher", "NEA0"),))
    evidence = Evidence(event.id, event.kind, event.time, event.source, event.packet)
    entity = (("fiveg.supi", str(event.fields["fiveg.supi"])),)
    rule = rules[number % len(rules)]
    return Alert(f"alert-{number}", rule, entity, event.time, event.time, 1, dict(event.fields), (evidence,), why)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """The door as the service makes it, over a store with eight alerts; nobody has set it up."""
    config = Config(data=tmp_path, rules=shipped("rules"))
    store = SqliteStore(config.events_database)
    events = [_event(number) for number in range(8)]
    store.add(events, [_alert(number, event, config) for number, event in enumerate(events)], events)
    control = ControlDatabase(config.control_database, Kept())
    token = Accounts(control).issue_setup_token()
    control.close()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(door(config), log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Console(f"http://127.0.0.1:{listener.getsockname()[1]}", store, token, config)
        server.should_exit = True
        thread.join(10)
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which asks nobody for anything."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def _complain(console: Console, request: Request) -> None:
    if "ERR_ABORTED" not in (request.failure or ""):  # a renewal that leaving the page cut short, or a download
        console.complaints.append(f"{request.url} {request.failure}")


def page_of(browser: Browser, console: Console, language: str) -> Page:
    """A page in this language; what the browser complains about is kept."""
    page = browser.new_context(locale=language, viewport={"width": 1280, "height": 900}).new_page()
    page.on("console", lambda said: console.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: console.complaints.append(str(error)))
    page.on("requestfailed", lambda request: _complain(console, request))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('policy ' + e.blockedURI))"
    )
    return page


def _set_up(page: Page, console: Console) -> None:
    page.goto(console.url)
    expect(page).to_have_url(f"{console.url}/setup")
    page.fill("[name=token]", console.setup_token)
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=repeated]", PASSWORD)
    page.click("button.primary")
    expect(page.locator("[data-row]")).to_have_count(8)


def _ready(page: Page) -> None:
    """The page's keys work once its script has run; a key that comes before is lost."""
    expect(page.locator("html.scripted")).to_have_count(1)


WORDS = {
    "zh-CN": ("告警队列", "误报", "关闭告警", "已关闭", "触发原因", "退出登录"),
    "en": ("Alert queue", "False positive", "Close the alert", "Closed", "Why it fired", "Log out"),
}


@pytest.mark.parametrize("language", WORDS)
def test_first_run_to_a_closed_alert(browser: Browser, console: Console, language: str) -> None:
    """Set up, log out, log in, open, close with a reason; without a complaint of the browser."""
    queue, reason, close, closed, why, log_out = WORDS[language]
    page = page_of(browser, console, language)
    _set_up(page, console)
    page.click(f"text={log_out}")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(queue)
    page.locator("#open-alert-3").click()
    expect(page.locator("h2", has_text=why)).to_be_visible()
    expect(page.locator("svg.ladder")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".column-side a[download]").click()
    assert download.value.suggested_filename.endswith("-alert-3.pcap")
    page.fill("#note", "演练")
    page.locator("label.radio", has_text=reason).click()
    page.locator("button", has_text=close).click()
    expect(page.locator(".alert-head .state")).to_have_text(closed)
    expect(page.locator(".history blockquote")).to_have_text("演练")
    triage = console.store.alert("alert-3")
    assert triage is not None
    assert (triage.triage.state, triage.triage.reason) == (AlertState.CLOSED, ClosingReason.FALSE_POSITIVE)
    for path in ("/events", "/rules", "/status", "/audit", "/audit/0", "/users", "/account"):
        page.goto(console.url + path)
        expect(page.locator("h1")).to_be_visible()
    assert console.complaints == []


@pytest.mark.parametrize("language", WORDS)
def test_a_second_factor_from_its_qr_code_to_a_log_in(browser: Browser, console: Console, language: str) -> None:
    """The app is set up, confirmed by a code, and asked for; nothing of it breaks the policy of the pages."""
    page = page_of(browser, console, language)
    _set_up(page, console)
    page.goto(f"{console.url}/account")
    page.fill("form[action='/account/second-factor/totp'] [name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".enrol-qr svg path")).to_have_count(2)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("[name=code]", code_at(secret, time.time() - 30))
    page.keyboard.press("Enter")
    expect(page.locator(".recovery li")).to_have_count(10)
    page.click(f"text={WORDS[language][-1]}")
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.fill("[name=code]", code_at(secret, time.time()))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(WORDS[language][0])
    assert console.complaints == []


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_packets_and_the_dissection_of_one(browser: Browser, console: Console, language: str, theme: str) -> None:
    """The list comes after the page, a dissection when it is opened, once; the keyboard will do."""
    page = page_of(browser, console, language)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    _set_up(page, console)
    page.locator("#open-alert-3").click()
    packet = page.locator("#packets details.packet")
    expect(packet).to_have_count(1)
    packet.locator("summary").first.focus()
    page.keyboard.press("Enter")
    shown = ".dissected summary" if shutil.which("tshark") else ".dissection .notice"
    expect(packet.locator(shown).first).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        page.locator("#packets-capture").click()
    assert download.value.suggested_filename.endswith("-alert-3.pcapng")
    assert console.complaints == []


def test_keyboard_bulk_and_undo_while_the_queue_renews_itself(browser: Browser, console: Console) -> None:
    """Selection and focus survive a renewal; `e` closes what is selected, `u` takes it back."""
    page = page_of(browser, console, "en")
    _set_up(page, console)
    _ready(page)
    for key in "jjxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-selected]")).to_have_text("2")
    focused = page.evaluate("document.activeElement.id")
    event = _event(0)
    console.store.add([event], [_alert(9, event, console.config)], [event])
    expect(page.locator("[data-row]")).to_have_count(9, timeout=8000)
    assert page.evaluate("document.activeElement.id") == focused
    expect(page.locator('input[name="selected"]:checked')).to_have_count(2)
    expect(page.locator("#announce")).to_contain_text("9")
    page.keyboard.press("e")
    page.keyboard.press("ArrowDown")
    page.locator("#closer button.primary").click()
    expect(page.locator(".notice-good")).to_contain_text("2 alerts")
    expect(page.locator("[data-row]")).to_have_count(7)
    _ready(page)
    page.keyboard.press("u")
    expect(page.locator("[data-row]")).to_have_count(9)
    states = {record.triage.state for record in console.store.alerts(AlertFilter(), 50).rows}
    assert states == {AlertState.NEW}
    _ready(page)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert console.complaints == []


def test_without_scripts(browser: Browser, console: Console) -> None:
    """Reading and single actions need no script."""
    context = browser.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    _set_up(page, console)
    page.locator("#open-alert-2").click()
    page.locator("button[value=acknowledge]").click()
    expect(page.locator(".alert-head .state")).to_have_text("Acknowledged")
    page.locator("details.message-detail summary").first.click()
    expect(page.locator(".fields").first).to_be_visible()
    page.goto(f"{console.url}/alerts?q=999700000000005")
    expect(page.locator("[data-row]")).to_have_count(1)
