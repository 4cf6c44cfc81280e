"""The service: one command, three processes. Starts worker, door and keeper, and starts them again when they fall."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Protocol

from fastapi import FastAPI

from sentinel import api, logs, storage, web
from sentinel.access.administration import happening
from sentinel.access.authoring.files import MODEL, read_folder
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.collectors import Collectors
from sentinel.accounts.factors import Demand
from sentinel.accounts.second_factor import SecondFactors
from sentinel.api.front import Front
from sentinel.audit.anchor import anchor_of
from sentinel.audit.keeper import Keeper
from sentinel.audit.opening import audited
from sentinel.audit.pseudonyms import Pseudonyms
from sentinel.config import CLASSIC, SM, Config, Listen, Mutual, shipped
from sentinel.crypto.certificate import Holder
from sentinel.crypto.chain import validate
from sentinel.crypto.tls import Own, Tls, probed
from sentinel.detection import RuleSet
from sentinel.door import doorway
from sentinel.enforcement.registry import Registry
from sentinel.errors import ConfigError, SentinelError, ServiceError, StoreError
from sentinel.evidence.requests import Requests
from sentinel.evidence.ring import Ring
from sentinel.keys.audit_keys import AuditKeys
from sentinel.keys.authority import Register
from sentinel.keys.opening import prepare, sealing_of, snapshots_of, suite_of, vault_of
from sentinel.keys.tables import CUTS, EVIDENCE, INBOX, Registered
from sentinel.keys.vault import POINTS
from sentinel.model.alert import RuleRef
from sentinel.model.audit import SERVICE, Act, Action, Detail
from sentinel.model.facts import Kind, Told
from sentinel.model.garbage import settle
from sentinel.model.personal import Identifier
from sentinel.operations.doors import Deciding, Parts, Receiving
from sentinel.pipeline import load_rules, site_of
from sentinel.shipping.inbox import Inbox
from sentinel.signing import policies_signed, rules_loader, taken
from sentinel.site import SitePlan
from sentinel.state.history import History
from sentinel.store.base import Store
from sentinel.store.control import ControlDatabase
from sentinel.store.facts import FactLog
from sentinel.store.sealing import Sealing
from sentinel.worker.reload import EVERY, digest, signature
from sentinel.worker.work import work

_LOG = logging.getLogger(__name__)
_SPAWN = multiprocessing.get_context("spawn")
LONGEST_PAUSE = 30.0  # seconds before a part that keeps falling is started again
LONGEST_END = 15.0  # seconds that a part has to end
ORPHANED = 2.0  # seconds that a part has to end when the service was killed
PATIENCE = 20  # seconds for which a service waits for what is left of one that was killed
SWITCH = 0.0005  # seconds after which a thread that computes gives way in the door: to whoever asks for a decision
UNUSABLE = 2  # exit status of a part that was told something it cannot work with


class LoadedRules:
    """The rules as the doors show them: those of the folder, read anew when it changes, if they can be."""

    def __init__(self, folder: Path, load: Callable[[Path], RuleSet] = load_rules) -> None:
        self._folder, self._load = folder, load
        self._known = signature(folder)
        self._rules = _refs(load(folder))
        self._next = time.monotonic() + EVERY

    @property
    def rules(self) -> tuple[RuleRef, ...]:
        """See `RulesProvider`."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            self._look()
        return self._rules

    def _look(self) -> None:
        found = signature(self._folder)
        if found != self._known:
            self._known = found
            with contextlib.suppress(SentinelError):  # the worker says what is wrong with them
                self._rules = _refs(self._load(self._folder))


def _refs(rules: RuleSet) -> tuple[RuleRef, ...]:
    return tuple(document.ref for document in rules.alerting)


def door(config: Config) -> FastAPI:
    """API and console as one application."""
    site = site_of(config)
    ledger, control, names = audited(config)
    sealing = sealing_of(config, control)
    store = storage.opened(config, sealing)
    accounts = Accounts(control, demand=Demand(config.second_factor), separated=config.separate_roles)
    parts = Parts(
        store, accounts, LoadedRules(config.rules, rules_loader(config, control)), ledger,
        receiving=Receiving(
            Collectors(control), Inbox(config.inbox, seal=Registered(sealing, INBOX)),
            Requests(config.cuts, seal=Registered(sealing, CUTS)), mutual=config.mutual is not None,
        ),
        ring=_ring(config, sealing), url=config.public_url or config.listen.url, sealed=sealing.on, levels=_levels(site, sealing) if site else {},
        access=_deciding(config, site, store, control, sealing, names) if site else None,
        factors=SecondFactors(accounts, control, vault_of(config, control)), hide=_hiding(sealing),
    )  # fmt: skip
    if parts.access is not None:
        parts.access.watch(ledger)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    settings = web.ConsoleSettings(
        site.site if site else "",
        config.time_zone,
        config.language,
        names=site.functions if site else {},
        roles=site.roles if site else {},
    )
    app.state.parts = parts
    api.mount(app, parts)
    web.mount(app, parts, settings)
    return app


def _ring(config: Config, sealing: Sealing) -> Ring:
    return Ring(config.evidence, seal=Registered(sealing, EVIDENCE))


def _hiding(sealing: Sealing) -> Callable[[str, str], str]:
    """An identifier of a field as the store names it now."""
    return lambda name, identifier: str(sealing.hide({name: identifier})[0][name])


def _levels(site: SitePlan, sealing: Sealing) -> Mapping[str, str]:
    """How much terminals and assets matter, also by what the store calls them."""
    named = {name: level for each, level in site.levels.items() for name in sealing.pseudonyms(each, "fiveg.supi")}
    return {**site.levels, **named}


def _deciding(
    config: Config, site: SitePlan, store: Store, control: ControlDatabase, sealing: Sealing, names: Pseudonyms
) -> Deciding:  # fmt: skip
    """What decides on access, under the policy that is in force now or comes to be."""
    model = read_folder(shipped("policies"))[MODEL]
    log = FactLog(config.facts, sealing)
    past = History(config.identity_database, sealing=sealing)
    told = Registry(control, vault_of(config, control, POINTS)).points
    ring, named = _ring(config, sealing), functools.partial(names.of, Identifier.SUPI)
    return Deciding.over(
        site,
        store,
        control,
        past,
        model,
        log,
        ring=ring,
        told=told,
        named=named,
        snapshots=snapshots_of(config, control),
        signed_only=policies_signed(config),
    ).tend()


Sockets = tuple[socket.socket, ...]
"""Of the door; and beside it, of the gateway."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What a part is given: the sockets, where the door says that it answers, and the hold of the data folder."""

    sockets: Sockets
    answers: Connection
    hold: _Hold


def _work(config: Config, _given: _Given) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    _with_parent(stopping.set)
    work(config, stopping)


def _serve(config: Config, given: _Given) -> None:
    _with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))  # first: to make the door takes seconds
    listen, beside = config.listen, None
    if config.mutual is not None:
        _, control, _ = audited(config)
        beside = doorway.Beside(given.sockets[1], _gateway(config, control, config.mutual))
    app = door(config)
    settle()
    sys.setswitchinterval(SWITCH)
    with answering_envoy(app, config.envoy):
        door_ = doorway.server(
            app,
            listen.certificate,
            listen.key,
            beside,
            lambda: given.answers.send(config.listen.url),
            Front(app.state.parts),
        )
        doorway.serve(door_, given.sockets[0])


@contextlib.contextmanager
def answering_envoy(app: FastAPI, listen: Listen | None) -> Iterator[None]:
    """Answer Envoy beside the door, where that was asked for, until the end of this."""
    if listen is None:
        yield
        return
    try:
        from sentinel.api import envoy  # noqa: PLC0415  # an extra, and slow to load
    except ImportError as error:
        raise ConfigError("--envoy-listen needs grpcio and xds-protos: pip install 'sentinel-5g[envoy]'") from error
    parts: Parts = app.state.parts
    server = envoy.start(parts.deciding, listen)  # it ends when nobody holds it
    try:
        yield
    finally:
        server.stop(envoy.PARTING).wait()


def _gateway(config: Config, control: ControlDatabase, mutual: Mutual) -> Tls:
    """TLS with collectors; raises `CryptoError` where it cannot be as it was asked for."""
    suite, register = suite_of(config), Register(control)
    probed(suite)
    own = Own.of(suite, mutual.certificate, mutual.key)
    validate(suite, own.chain, register.trust, Holder.SERVICE)  # collectors would refuse it
    return Tls(suite, own, lambda: register.trust, Holder.COLLECTOR)


def _keep(config: Config, _given: _Given) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    _with_parent(stopping.set)
    anchors = [anchor_of(each) for each in config.anchors]
    ledger, control, _ = audited(config)
    log = FactLog(config.facts, sealing_of(config, control))
    with contextlib.closing(ledger), contextlib.closing(control), contextlib.closing(log):
        tell = functools.partial(_alert, log)
        Keeper(config.audit, config.key_folder, AuditKeys(control), anchors, suite_of(config), tell).run(stopping)


def _alert(log: FactLog, trouble: str) -> None:
    """Have the worker judge what the keeper of the audit log found."""
    event = happening.unsound(trouble)
    try:
        log.tell([Told(Kind.EVENT, event.id, event.time, event.fields, over=True)])
    except StoreError as error:
        _LOG.error("nobody is alerted to the audit log: %s", error)  # it stands above, and where the doors look


class _Passed(Protocol):
    """A descriptor on its way into another process."""

    def detach(self) -> int:
        """The descriptor there."""


@dataclass(frozen=True, slots=True)
class _Hold:
    """The lock of the data folder; each part inherits it, so that none works on while another service starts."""

    descriptor: int

    def __reduce__(self) -> tuple[object, ...]:
        """How it comes into another process."""
        return _inherited, (DupFd(self.descriptor),)


def _inherited(passed: _Passed) -> _Hold:
    return _Hold(passed.detach())


def _part(target: Callable[[Config, _Given], None], config: Config, given: _Given) -> None:
    """What a part does in its process: an error of ours is one line and a status of its own."""
    logs.begin(parts=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service passes on what the terminal says
    try:
        target(config, given)
    except SentinelError as error:
        _LOG.error("%s", error)  # no trace: it says what to mend
        sys.exit(UNUSABLE)


def _with_parent(stop: Callable[[], object]) -> None:
    """Stop when the service is gone, however it went."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            stop()
            time.sleep(ORPHANED)
            os._exit(1)  # whatever holds it, such as a read from a pipe

    threading.Thread(target=wait, daemon=True).start()


@dataclass(slots=True)
class _Part:
    """A supervised process. The pause before the next start doubles while it falls young."""

    name: str
    target: Callable[[Config, _Given], None]
    config: Config
    given: _Given
    process: SpawnProcess | None = None
    started: float = 0.0
    pause: float = field(default=0.5)
    again: float = 0.0

    def watch(self) -> None:
        """Start it if it is not running and its pause is over; raises `ServiceError` if it cannot ever run."""
        if self.process is not None and not self.process.is_alive():
            if self.process.exitcode == UNUSABLE:
                raise ServiceError(f"the {self.name} cannot run; what it said stands above")
            self.pause = 0.5 if time.monotonic() - self.started > LONGEST_PAUSE else min(self.pause * 2, LONGEST_PAUSE)
            self.again = time.monotonic() + self.pause
            _LOG.error("the %s ended with status %s; starting it again", self.name, self.process.exitcode)
            self.process = None
        if self.process is None and time.monotonic() >= self.again:
            arguments = (self.target, self.config, self.given)
            self.process = _SPAWN.Process(target=_part, args=arguments, name=self.name)
            self.process.start()
            self.started = time.monotonic()

    def end(self) -> None:
        """Ask it to end."""
        if self.process is not None:
            self.process.terminate()

    def ended(self) -> None:
        """See that it ends."""
        if self.process is None:
            return
        self.process.join(LONGEST_END)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def run(config: Config, say: Callable[[str], None]) -> None:
    """Run the service until SIGINT or SIGTERM; `say` prints the address when the door answers, and the set-up token on the first run.

    What a person can mend (a site plan, a rule, a folder, a port) is said as an error before anything starts.
    """
    logs.begin(parts=True)
    os.umask(0o077)  # what is stored names people; the parts inherit it
    if config.bundle_keys is None:
        site_of(config)
        load_rules(config.rules)
    with _alone(config.data) as hold, contextlib.ExitStack() as stack:
        storage.settle(config)
        sockets = tuple(stack.enter_context(_listening(place)) for place in _places(config))
        ledger, control, _ = audited(config)
        ledger.record(_started(config))
        prepare(config, control)
        if config.mutual is not None:
            _gateway(config, control, config.mutual)  # what is wrong with it is said before anything starts
        config = taken(config, control)
        heard, answers = stack.enter_context(_pipe())
        given = _Given(sockets, answers, hold)
        parts = [_Part("worker", _work, config, given), _Part("door", _serve, config, given)]
        keeper = _Part("keeper", _keep, config, given)  # the last to end: it signs that the service stopped
        told = _Told(heard, functools.partial(_tell, tuple(_greeting(config, control)), say))
        _supervise(parts, keeper, told, lambda: ledger.record(Act(Action.SERVICE_STOPPED, SERVICE)))


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[Connection, Connection]]:
    heard, answers = _SPAWN.Pipe(duplex=False)
    with heard, answers:
        yield heard, answers


@dataclass(slots=True)
class _Told:
    """Says once, when the door answers for the first time, where it is."""

    heard: Connection
    say: Callable[[], None]
    over: bool = False

    def look(self) -> None:
        """Say it, if it is time."""
        while self.heard.poll():
            self.heard.recv()
            if not self.over:
                self.over = True
                self.say()


def _greeting(config: Config, control: ControlDatabase) -> Iterator[str]:
    """What is said when the door answers; the set-up token is made before, so that none that was asked for later is undone."""
    accounts = Accounts(control)
    yield f"Console: {config.listen.url}"
    if config.mutual is not None:
        yield f"Collectors: {config.mutual.url} ({probed(suite_of(config))})"
    if accounts.needs_setup():
        yield f"Set-up token (asked once, to make the first administrator): {accounts.issue_setup_token()}"


def _tell(lines: Iterable[str], say: Callable[[str], None]) -> None:
    for line in lines:
        say(line)


def _shown(value: object) -> Detail:
    return " ".join(map(str, value)) if isinstance(value, tuple) else value if isinstance(value, int) else str(value)


def _started(config: Config) -> Act:
    """That the service starts, with the settings that it was told and the rules that it finds."""
    told = {
        name: _shown(value)
        for name, value in asdict(config).items()
        if value and name not in {"listen", "mutual", "store_secret"}
    }
    suites = f"{SM} {config.mutual.url}" if config.mutual else CLASSIC
    known = {
        **({"envoy": f"{config.envoy.host}:{config.envoy.port}"} if config.envoy else {}),
        "listen": config.listen.url,
        "tls_suites": suites,
        "rules_digest": digest(config.rules),
        "version": version("sentinel-5g"),
    }
    details = {**told, **known}
    return Act(Action.SERVICE_STARTED, SERVICE, details=details)


def _supervise(parts: Sequence[_Part], keeper: _Part, told: _Told, stopped: Callable[[], None]) -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        while not stopping.wait(0.3):
            for part in (*parts, keeper):
                part.watch()
            told.look()
    finally:
        for part in parts:
            part.end()
        for part in parts:
            part.ended()
        stopped()
        keeper.end()
        keeper.ended()


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[_Hold]:
    """Hold the data folder: two services on one would write over each other."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        data.chmod(0o700)
        lock = (data / "lock").open("a+")
    except OSError as error:
        raise ConfigError(f"`{data}` cannot hold the data: {(error.strerror or str(error)).lower()}") from error
    with lock:
        if not _locked(lock) and not (_orphaned(lock) and _awaited(lock)):
            raise ConfigError(f"`{data}` is in use by another service; choose another folder with --data")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield _Hold(lock.fileno())


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _orphaned(lock: IO[str]) -> bool:
    """Whether the service that took the lock is gone, so that only parts of it hold it."""
    lock.seek(0)
    said = lock.read()
    return said.isdecimal() and not Path(f"/proc/{said}").exists()


def _awaited(lock: IO[str]) -> bool:
    """Whether the lock came free in time."""
    _LOG.warning("parts of a service that was killed still run; waiting up to %d seconds for them to end", PATIENCE)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(0.1)
        if _locked(lock):
            time.sleep(0.1)  # they close the port in the same moment
            return True
    return False


def _places(config: Config) -> Iterator[Listen | Mutual]:
    yield config.listen
    if config.mutual is not None:
        yield config.mutual


@contextlib.contextmanager
def _listening(listen: Listen | Mutual) -> Iterator[socket.socket]:
    """The socket of a door, bound before anybody is told its address."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        listening = socket.create_server((listen.host, listen.port), family=family)
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be listened on: {error.strerror}".lower()
        raise ConfigError(f"`{listen.host}:{listen.port}` {reason}; choose another address to listen on") from error
    with listening:
        yield listening
