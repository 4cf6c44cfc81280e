"""The service: one command, two processes. Starts worker and door, and starts them again when they fall."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess

import uvicorn
from fastapi import FastAPI

from sentinel import api, web
from sentinel.access.accounts import Accounts
from sentinel.config import Config
from sentinel.model.alert import RuleRef
from sentinel.pipeline import load_rules, site_of, work
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.control import ControlDatabase

_LOG = logging.getLogger(__name__)
_SPAWN = multiprocessing.get_context("spawn")
LONGEST_PAUSE = 30.0  # seconds before a part that keeps falling is started again


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """The rules as the doors show them."""

    rules: tuple[RuleRef, ...]


def door(config: Config) -> FastAPI:
    """API and console as one application."""
    site = site_of(config)
    store = SqliteStore(config.events_database)
    accounts = Accounts(ControlDatabase(config.control_database))
    rules = LoadedRules(tuple(document.ref for document in load_rules(config.rules).alerting))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    settings = web.ConsoleSettings(
        site.site if site else "", config.time_zone, config.language, site.functions if site else {}
    )
    api.mount(app, store=store, accounts=accounts, rules=rules)
    web.mount(app, store=store, accounts=accounts, rules=rules, settings=settings)
    return app


def _work(config: Config) -> None:
    _log()
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service passes on what the terminal says
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    _with_parent(stopping.set)
    work(config, stopping)


def _serve(config: Config) -> None:
    _log()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listen = config.listen
    settings = uvicorn.Config(
        door(config), listen.host, listen.port, log_level="warning", server_header=False, proxy_headers=False,
        ssl_certfile=listen.certificate, ssl_keyfile=listen.key, timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(settings)
    _with_parent(lambda: setattr(server, "should_exit", True))
    server.run()


def _with_parent(stop: Callable[[], object]) -> None:
    """Stop when the service is gone, however it went."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            stop()

    threading.Thread(target=wait, daemon=True).start()


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(processName)s: %(message)s")


@dataclass(slots=True)
class _Part:
    """A supervised process. The pause before the next start doubles while it falls young."""

    name: str
    target: Callable[[Config], None]
    config: Config
    process: SpawnProcess | None = None
    started: float = 0.0
    pause: float = field(default=0.5)
    again: float = 0.0

    def watch(self) -> None:
        """Start it if it is not running and its pause is over."""
        if self.process is not None and not self.process.is_alive():
            self.pause = 0.5 if time.monotonic() - self.started > LONGEST_PAUSE else min(self.pause * 2, LONGEST_PAUSE)
            self.again = time.monotonic() + self.pause
            _LOG.error("%s ended with status %s; starting it again", self.name, self.process.exitcode)
            self.process = None
        if self.process is None and time.monotonic() >= self.again:
            self.process = _SPAWN.Process(target=self.target, args=(self.config,), name=self.name)
            self.process.start()
            self.started = time.monotonic()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self.process is None:
            return
        self.process.terminate()
        self.process.join(15)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def run(config: Config, say: Callable[[str], None]) -> None:
    """Run the service until SIGINT or SIGTERM; `say` prints the address, and the set-up token on the first run."""
    _log()
    site_of(config)  # a mistake in the site plan or a rule is said before anything starts
    load_rules(config.rules)
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts = Accounts(ControlDatabase(config.control_database))
    say(f"Console: {config.listen.url}")
    if accounts.needs_setup():
        say(f"Set-up token (asked once, to make the first administrator): {accounts.issue_setup_token()}")
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    parts = [_Part("worker", _work, config), _Part("door", _serve, config)]
    while not stopping.wait(0.3):
        for part in parts:
            part.watch()
    for part in parts:
        part.stop()
