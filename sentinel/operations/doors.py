"""What both doors stand on, the API and the console: the parts behind them, and the status that answers an error."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from sentinel.access.administration import happening
from sentinel.access.administration.administrator import Administrator
from sentinel.access.administration.following import Following, Knowledge
from sentinel.access.administration.grants import Grants
from sentinel.access.administration.interlock import Interlock
from sentinel.access.administration.ordering import Ordering
from sentinel.access.administration.outbox import Outbox
from sentinel.access.administration.projection import GATEWAYS, Projection
from sentinel.access.administration.proof import Proof
from sentinel.access.administration.tap import Taps
from sentinel.access.authoring.pap import Pap
from sentinel.access.authoring.shadowing import Shadows
from sentinel.access.authoring.workings import Workings
from sentinel.access.deciding.decider import Decider
from sentinel.access.deciding.entries import Entries, Named
from sentinel.access.deciding.glass import Glasses
from sentinel.access.deciding.locks import Locks
from sentinel.access.deciding.permits import Permits
from sentinel.access.deciding.recorder import Recorder
from sentinel.access.deciding.shadow import Shadow
from sentinel.access.information.freshness import Freshness
from sentinel.access.information.pip import Pip
from sentinel.access.information.present import Present
from sentinel.access.information.timelines import Past
from sentinel.access.information.trustbook import TrustBook
from sentinel.accounts.accounts import Account, AccountError, Accounts
from sentinel.accounts.collectors import Collectors
from sentinel.accounts.points import Points
from sentinel.accounts.second_factor import SecondFactors
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.audit.ledger import Ledger
from sentinel.audit.record import withheld
from sentinel.enforcement.base import EnforcementPoint
from sentinel.enforcement.feed import Feed
from sentinel.enforcement.points.nftables import Nftables
from sentinel.enforcement.registry import Registered, registered
from sentinel.errors import (
    AccessError,
    AuditError,
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    CryptoError,
    DissectionError,
    EvidenceError,
    IngestError,
    NoDissectorError,
    PolicyError,
    QueryError,
    ReasonError,
    SentinelError,
    SequenceError,
    StoreError,
    TriageError,
)
from sentinel.evidence.around import packets_of
from sentinel.evidence.requests import Requests
from sentinel.evidence.ring import Cut, Ring
from sentinel.keys.snapshots import Snapshots
from sentinel.model.alert import Alert, RuleRef
from sentinel.model.event import Frame
from sentinel.operations.fetching import Elsewhere, Fetching
from sentinel.operations.fleet import Standing, standings
from sentinel.operations.health import Health, health
from sentinel.operations.looking import Looking
from sentinel.operations.reading import Reading
from sentinel.operations.replays import Replays
from sentinel.operations.revealing import reveal
from sentinel.operations.triage import Desk
from sentinel.shipping.inbox import Inbox
from sentinel.site import SitePlan
from sentinel.store.base import Store
from sentinel.store.control import ControlDatabase
from sentinel.store.facts import FactLog
from sentinel.store.sealing import Originals

CERTIFIED = "certified"
"""In the state of a request, from below HTTP: the name of the collector whose certificate was shown."""


class RulesProvider(Protocol):
    """Whoever knows the rules that are loaded now."""

    @property
    def rules(self) -> Sequence[RuleRef]:
        """The rules loaded now."""


@dataclass(frozen=True, slots=True)
class Receiving:
    """What the ingest resource stands on: who may send, where it is put, and what collectors are asked for."""

    collectors: Collectors
    inbox: Inbox
    requests: Requests = field(default_factory=Requests)
    mutual: bool = False  # only over connections where the collector has shown a certificate of its own


@dataclass(frozen=True, slots=True)
class Deciding:
    """What access stands on: who may ask, what decides, the versions of the policy, and what goes on beside."""

    points: Points
    decider: Decider
    pap: Pap
    known: Knowledge
    administrator: Administrator
    following: Following
    feed: Feed  # of what gateways let through and stop
    projection: Projection
    permits: Permits
    workings: Workings
    replays: Replays
    registered: Callable[[], Sequence[Registered]]  # the enforcement points that there are

    @classmethod
    def over(
        cls, site: SitePlan, store: Store, control: ControlDatabase, past: Past, model: str, log: FactLog, *,
        ring: Ring | None = None, told: Callable[[], Sequence[EnforcementPoint]] = tuple, named: Named = withheld,
        snapshots: Snapshots | None = None, signed_only: bool = False,
    ) -> Deciding:  # fmt: skip
        """All of it over a site plan, the stores, who held what, casbin's model and the log of facts.

        Told are the gateways that follow the feed, and others that are `told`, as they are registered now. `named` is what stands for a SUPI in the
        audit log, `snapshots` signs and verifies policies, and with `signed_only` drafts come out of signed bundles.
        """
        outbox, present = Outbox(log), Present()
        trust, locks = TrustBook(store, control), Locks(log, control.tell, site)
        pap = Pap(control, snapshots=snapshots, signed_only=signed_only)
        glasses = Glasses(log, control, lambda glass, by: outbox.happened(happening.broken(glass, by)))
        permits = Permits(control)
        pip = Pip(site, past, trust.trust, Freshness(present, trust), permits.stands, present)
        shadow, feed = Shadow(pip, Shadows(control, pap)), Feed()
        entries = Entries(control.write, named)
        decider = Decider(pip, pap, entries, Recorder(store), shadow, model, locks, glasses)
        interlock, grants = Interlock(site), Grants()
        gateways = Nftables(GATEWAYS, feed, everyone=True)
        ordering = Ordering(control, interlock, present, grants, lambda: (gateways, *told()), outbox.happened)
        administrator = Administrator(decider, present, interlock, grants, ordering)
        proof = Proof(ordering, present, Taps(store, ring or Ring()), site.enforcement.silence)
        following = Following(log, outbox, Knowledge(present, trust, locks, glasses), decider, administrator, proof)
        following.begin()
        ordering.again()
        return cls(
            Points(control), decider, pap, Knowledge(present, trust, locks, glasses), administrator, following, feed,
            Projection(decider, feed, interlock=administrator), permits, Workings(control), Replays(store, pip),
            functools.partial(registered, control),
        )  # fmt: skip

    @property
    def trust(self) -> TrustBook:
        """The trust in terminals."""
        return self.known.trust

    @property
    def shadows(self) -> Shadows:
        """Which version judges in shadow."""
        return self.decider.shadow.shadows

    def tend(self) -> Deciding:
        """Take up what is published, enrolled, told and alerted from now on, until `close`."""
        self.points.refresh()
        self.permits.refresh()
        self.following.tend(
            self.points.refresh, self.permits.refresh, self.decider.shadow.refresh, self.administrator.ordering.take_up
        )
        self.projection.tend()
        return self

    def watch(self, ledger: Ledger) -> None:
        """Have it judged where records of what was answered may be lost."""
        ledger.log.syncing.tell = lambda error: self.following.happened(happening.unsynchronised(error))

    def refresh(self) -> None:
        """Do so once."""
        self.points.refresh()
        self.permits.refresh()
        self.decider.shadow.refresh()
        self.administrator.ordering.take_up()
        self.following.hear()
        self.following.turn()

    def close(self) -> None:
        """End what goes on beside, and write what waits."""
        self.projection.close()
        self.following.close()
        self.decider.close()


def _plain(_field: str, identifier: str) -> str:
    return identifier


@dataclass(frozen=True)
class Parts:
    """The parts behind a door."""

    store: Store
    accounts: Accounts
    rules: RulesProvider
    ledger: Ledger
    receiving: Receiving | None = field(default=None, kw_only=True)
    ring: Ring = field(default_factory=Ring, kw_only=True)
    url: str = field(default="http://127.0.0.1:8080/", kw_only=True)  # as others call the door
    sealed: bool = field(default=False, kw_only=True)  # whether the store hides who a terminal is
    hide: Callable[[str, str], str] = field(
        default=_plain, kw_only=True
    )  # an identifier of a field as the store names it
    levels: Mapping[str, str] = field(default_factory=dict, kw_only=True)  # how much terminals and assets matter

    access: Deciding | None = field(default=None, kw_only=True)
    factors: SecondFactors | None = field(default=None, kw_only=True)
    reading: Reading = field(default_factory=Reading, kw_only=True)

    @property
    def second(self) -> SecondFactors:
        """The second factors of people; raises `AccessError` where there are none."""
        if self.factors is None:
            raise AccessError("this service keeps no second factors")
        return self.factors

    @property
    def deciding(self) -> Deciding:
        """What decides on access; raises `AccessError` where nothing does, without a site plan."""
        if self.access is None:
            raise AccessError("this service decides on no access; expected a site plan, with its registers")
        return self.access

    @functools.cached_property
    def _looking(self) -> Looking:
        return Looking(self.ledger, self.hide)

    def looked(self, by: str, query: str) -> None:
        """Somebody searches: where identifiers are sealed, for whom goes on record first."""
        if self.sealed and query:
            self._looking.tell(by, query)

    def looked_at(self, by: str, supi: str) -> None:
        """Somebody names a terminal: the same."""
        self.looked(by, f'fiveg.supi:"{supi}"' if supi else "")

    def unexplained(self, alert: Alert, by: str) -> bool:
        """Whether somebody has to say why, before they read these packets."""
        return self.sealed and not self.reading.told(by, alert.id)

    def explain(self, alert: Alert, by: str, reason: str) -> None:
        """Somebody says why they read the packets of an alert: good for a while, over all doors."""
        self.reading.explain(self.ledger, by, alert.id, reason)

    def ask(self, alert: Alert, by: str) -> Sequence[Elsewhere]:
        """Ask the collectors for packets that lie there: for a reason, where those here are shown for one alone."""
        if self.unexplained(alert, by):
            raise ReasonError(
                "packets hold identifiers in clear; say first why you ask for these, and that goes on record"
            )
        return self.fetching.ask(alert, by, self.reading.reason(by, alert.id))

    def packets(self, alert: Alert, by: str) -> Cut:
        """The packets of an alert, and those around them; also those that came from collectors."""
        self.reading.tell(self.ledger, by, alert.id, sealed=self.sealed)
        fetched = Cut(*self.receiving.requests.packets(alert.id)) if self.receiving else Cut()
        return packets_of(self.store, self.ring, alert, fetched=fetched)

    def frames(self, alert: Alert, by: str) -> Sequence[Frame]:
        """The frames that prove an alert."""
        self.reading.tell(self.ledger, by, alert.id, sealed=self.sealed)
        return self.store.frames([proof.event_id for proof in alert.evidence])

    def reveal(self, account: Account, pseudonyms: Sequence[str], reason: str) -> Originals:
        """What pseudonyms stand for, to who may know."""
        return reveal(self.store, self.ledger, account, pseudonyms, reason)

    @property
    def fetching(self) -> Fetching:
        """Where packets are asked of collectors; raises `EvidenceError` where there are none."""
        if self.receiving is None:
            raise EvidenceError("this service takes nothing from collectors")
        return Fetching(self.store, self.receiving.collectors, self.receiving.requests, self.ledger)

    def elsewhere(self, alert: Alert) -> Sequence[Elsewhere]:
        """The collectors on which packets of the alert lie."""
        return self.fetching.where(alert) if self.receiving else ()

    def standings(self) -> Sequence[Standing]:
        """The collectors, and how each is doing."""
        return standings(self.store, self.receiving.collectors) if self.receiving else ()

    def health(self) -> Health:
        """How the watching goes."""
        return health(self.store.status("worker"), self.standings(), time.time_ns())

    @property
    def desk(self) -> Desk:
        """Where triage happens."""
        told = self.access.following.judged if self.access else lambda _: None
        return Desk(self.store, self.ledger, known=self.accounts.is_active, told=told)


_STATUS: tuple[tuple[type[SentinelError], HTTPStatus], ...] = (  # a kind of error before what it is a kind of
    (TooManyAttemptsError, HTTPStatus.TOO_MANY_REQUESTS),
    (AuthenticationError, HTTPStatus.UNAUTHORIZED),
    (AuthorizationError, HTTPStatus.FORBIDDEN),
    (QueryError, HTTPStatus.BAD_REQUEST),
    (TriageError, HTTPStatus.BAD_REQUEST),
    (AccessError, HTTPStatus.BAD_REQUEST),
    (PolicyError, HTTPStatus.BAD_REQUEST),
    (SequenceError, HTTPStatus.CONFLICT),
    (IngestError, HTTPStatus.BAD_REQUEST),
    (AccountError, HTTPStatus.BAD_REQUEST),
    (ConflictError, HTTPStatus.CONFLICT),
    (AuditError, HTTPStatus.SERVICE_UNAVAILABLE),
    (CryptoError, HTTPStatus.SERVICE_UNAVAILABLE),
    (EvidenceError, HTTPStatus.SERVICE_UNAVAILABLE),
    (NoDissectorError, HTTPStatus.NOT_IMPLEMENTED),
    (DissectionError, HTTPStatus.BAD_GATEWAY),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(error: SentinelError) -> HTTPStatus:
    """The status that answers `error`; what nobody foresaw is our own fault."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def headers_of(error: SentinelError) -> dict[str, str]:
    """The headers that go with that status."""
    return {"Retry-After": str(wait_of(error))} if isinstance(error, TooManyAttemptsError) else {}


def wait_of(error: SentinelError) -> int:
    """Whole seconds to wait before the next attempt; 0 for an error that waiting does not mend."""
    return int(error.wait) + 1 if isinstance(error, TooManyAttemptsError) else 0
