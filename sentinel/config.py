"""Configuration: one typed object, read once at the door (`sentinel.cli`)."""

from __future__ import annotations

import ipaddress
import ssl
import zoneinfo
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from sentinel.errors import ConfigError

SECOND_FACTOR = ("offered", "administrators", "everyone")  # who has to have one (`sentinel.accounts.factors`)
SM, CLASSIC = "sm", "classic"  # suites of TLS with collectors: those of RFC 8998, or Python's own
_POSTGRESQL = "postgresql://"
TAPS = ("live", "scapy", "tshark")  # the sources that capture on interfaces (`collectors/sources`)


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the door listens: `HOST:PORT`. Without TLS only on this host."""

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("a TLS certificate and its key are given together")
        if self.certificate is None and not self._local:
            raise ConfigError(f"listening on `{self.host}`, beyond this host, needs --tls-certificate and --tls-key")
        if self.certificate is not None:
            try:
                ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.certificate, self.key)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(
                    f"`{self.certificate}` and `{self.key}` are no certificate and key: {error}"
                ) from error

    @property
    def _local(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def url(self) -> str:
        """The address of the console."""
        return f"{'https' if self.certificate else 'http'}://{_bracketed(self.host)}:{self.port}/"


@dataclass(frozen=True, slots=True)
class Mutual:
    """Where collectors connect by TLS with SM suites, and what the service shows them of itself."""

    host: str
    port: int
    certificate: Path
    key: Path

    @property
    def url(self) -> str:
        """As collectors call it."""
        return f"https://{_bracketed(self.host)}:{self.port}/"


@dataclass(frozen=True, slots=True)
class Config:
    """What the service is told: where it keeps its data, what it watches, and where its doors are."""

    data: Path
    rules: Path
    site: Path | None = None
    captures: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    filter: str = ""  # of what is captured there, a tcpdump expression
    source: str = "live"  # that captures there: `live`, `scapy` or `tshark`
    demo: bool = False
    evidence_mib: int = 1024  # of recent packets, for each source; 0 keeps none
    evidence_days: int = 7
    evidence_snap: int = 256  # octets of a user's packet; 0 is all
    keys: Path | None = None  # a folder apart from the data; beside it where none is named
    anchors: tuple[str, ...] = ()  # where checkpoints of the audit log are put
    collector_silence: int = 60  # seconds after which a collector that says nothing is silent
    seal: bool = False  # whether SUPI, PEI and GPSI are sealed in the stores, behind pseudonyms
    root_key: str = ""  # what keys lie under (`sentinel.keys.roots`); empty is a file in the folder of keys
    bundle_keys: Path | None = None  # public keys: with them, only signed rules and site plans are taken
    store: str = ""  # `elasticsearch+https://HOST:9200/NAMESPACE`; empty is the embedded one
    store_ca: Path | None = None  # certificate of who signed Elasticsearch's
    store_secret: str = field(default="", repr=False)  # `NAME:PASSWORD` or an API key
    store_spool_mib: int = 4096  # of events that may wait for it
    control: str = ""  # of control data, such as `postgresql://HOST/NAME`; empty is the embedded one
    crypto_library: str = "libcrypto.so.3"  # that does SM2
    slow_signing: bool = False  # whether gmssl may sign where that library is missing
    separate_roles: bool = False  # nobody holds the duties of two administrators
    second_factor: str = "offered"  # or demanded of `administrators`, or of `everyone`
    listen: Listen = field(default_factory=Listen)
    mutual: Mutual | None = None  # for collectors alone; with it, nothing is taken from them elsewhere
    envoy: Listen | None = None  # where Envoy asks by gRPC
    public_url: str = ""  # as others call the door; empty is where it listens
    time_zone: str = "Asia/Shanghai"
    language: str = "zh-CN"

    def __post_init__(self) -> None:
        try:
            zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(f"`{self.time_zone}` is no time zone; write one such as Asia/Shanghai or UTC") from error
        if self.control and not self.control.startswith(_POSTGRESQL):
            raise ConfigError("control data lies in the data folder, or in postgresql://USER@HOST/NAME")
        parts = urlsplit(self.control)
        if parts.password or any(
            "password" in name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        ):
            raise ConfigError("no password belongs into --control-database; PostgreSQL takes it from ~/.pgpass")

    @property
    def events_database(self) -> Path:
        """The embedded event store."""
        return self.data / "events.db"

    @property
    def identity_database(self) -> Path:
        """Who held which address, tunnel and identity, over time."""
        return self.data / "identity.db"

    @property
    def facts(self) -> Path:
        """The log of facts, between worker and door."""
        return self.data / "facts.db"

    @property
    def state_file(self) -> Path:
        """What the worker remembers over a restart."""
        return self.data / "state.snapshot"

    @property
    def inbox(self) -> Path:
        """What collectors sent and the worker has not yet read."""
        return self.data / "inbox"

    @property
    def cuts(self) -> Path:
        """Packets that were asked of collectors."""
        return self.data / "cuts"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.data / "audit"

    @property
    def key_folder(self) -> Path:
        """The keys: apart from what they protect, so that no copy of the data carries them."""
        return self.keys or self.data.with_name(f"{self.data.name}-keys")

    @property
    def evidence(self) -> Path:
        """The ring of recent packets."""
        return self.data / "evidence"

    @property
    def outbox(self) -> Path:
        """Events that wait for Elasticsearch."""
        return self.data / "outbox"

    @property
    def store_note(self) -> Path:
        """Which store this data belongs to, where it is not the embedded one."""
        return self.data / "store"

    @property
    def control_note(self) -> Path:
        """Where control data is, where that is not the data folder."""
        return self.data / "control"

    @property
    def control_database(self) -> str:
        """The control database, as a SQLAlchemy URL."""
        if self.control:
            return self.control.replace(_POSTGRESQL, "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data / 'control.db'}"

    def located(self) -> Config:
        """The same with the control database that the service noted, where that is elsewhere and none is named."""
        if self.control or not self.control_note.is_file():
            return self
        return replace(self, control=self.control_note.read_text(encoding="utf-8").strip())


def shipped(name: str) -> Path:
    """A folder that comes with the product (`rules`, `deploy/examples`): it stands beside the packages."""
    return Path(__file__).parent.parent / name


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def parse_listen(text: str, certificate: Path | None = None, key: Path | None = None) -> Listen:
    """`HOST:PORT`, `[IPv6]:PORT` or `PORT`; raises `ConfigError`."""
    return Listen(*_parsed(text), certificate, key)


def parse_mutual(suites: str, text: str | None, certificate: Path | None, key: Path | None) -> Mutual | None:
    """Where collectors connect under these suites, if that is a place of its own; raises `ConfigError`."""
    given = [each for each in (text, certificate, key) if each is not None]
    if suites != SM:
        if given:
            raise ConfigError("--collector-listen, --collector-certificate and --collector-key go with --tls-suites sm")
        return None
    if text is None or certificate is None or key is None:
        raise ConfigError(
            "--tls-suites sm needs --collector-listen, --collector-certificate and --collector-key; "
            "`sentinel ca issue service` makes the last two"
        )
    return Mutual(*_parsed(text), certificate, key)


def _parsed(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"`{text}` is not an address to listen on; write HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)
