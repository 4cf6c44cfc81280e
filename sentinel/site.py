"""The site plan: one YAML file that says what the network should be (design, section 7)."""

from __future__ import annotations

import csv
import ipaddress
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sentinel import form
from sentinel.errors import SiteError

_Row = TypeVar("_Row", "Permit", "Peering", "ValueLimit")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _decimal(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone; write one such as Asia/Shanghai or UTC") from error
    return name


# YAML reads an unquoted PLMN, TAC or gNB id as a number; it is a name.
Digits = Annotated[str, BeforeValidator(_decimal), Field(pattern=r"^\d+$")]
Plmn = Annotated[str, BeforeValidator(_decimal), Field(pattern=r"^\d{5,6}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Slice(_Model):
    """An S-NSSAI (TS 23.003, 28.4)."""

    sst: int = Field(ge=0, le=255)
    sd: str | None = Field(None, pattern=r"^[0-9a-f]{6}$")
    up_integrity: Literal["required", "preferred", "not_needed", ""] = ""  # what its policy asks for (TS 33.501, 6.6.1)
    up_confidentiality: Literal["required", "preferred", "not_needed", ""] = ""
    safety_critical: bool = False  # its sessions are never cut but by two persons

    def __str__(self) -> str:
        return f"{self.sst}-{self.sd}" if self.sd else str(self.sst)


class NetworkFunction(_Model):
    """A core network function and its addresses by reference point."""

    type: str
    name: str
    n2: tuple[Address, ...] = ()
    n3: tuple[Address, ...] = ()
    n4: tuple[Address, ...] = ()
    sbi: tuple[Address, ...] = ()
    n6: tuple[Address, ...] = ()


class Gnb(_Model):
    """A base station: its gNB id, and the addresses it uses on N2 and N3."""

    id: Digits
    name: str = ""
    n2: tuple[Address, ...] = ()
    n3: tuple[Address, ...] = ()
    tacs: tuple[Digits, ...] = ()


class Cell(_Model):
    """A cell and where it stands, in metres on the site's own map."""

    nci: str = Field(pattern=r"^0x[0-9a-f]{9}$")
    x: float
    y: float
    reach: float = Field(500, ge=0)  # metres from there at which terminals may be


class Enforcement(_Model):
    """What of access is enforced by itself."""

    ot: Literal["observe", "enforce"] = "observe"  # industrial accesses that are denied while they are under way
    silence: Annotated[float, Field(ge=0.5, le=60)] = 2  # seconds without an answer that prove a cut


@dataclass(frozen=True, slots=True)
class Permit:
    """Who may command what: a writer (SUPI, group or address), a target, and when."""

    writer: str
    target: str
    protocol: str = ""
    unit: str = ""
    functions: str = ""
    registers: str = ""
    hours: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Peering:
    """Which terminals may open connections to which: each a SUPI, group, address or network."""

    source: str
    destination: str
    ports: str = ""  # of the destination: numbers and spans such as 4840-4850; any where it is empty
    until: str = ""


@dataclass(frozen=True, slots=True)
class ValueLimit:
    """What may be written to a register: least, most, and the largest step."""

    target: str
    register: str
    unit: str = ""
    least: str = ""
    most: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A row of the terminal register."""

    supi: str
    imei: str = ""
    group: str = ""
    ip: str = ""
    slices: str = ""
    dnns: str = ""
    cells: str = ""
    hours: str = ""
    owner: str = ""
    criticality: str = ""
    sessions: str = ""  # how many at once
    pdu_types: str = ""
    stationary: str = ""  # yes: it stays in its cell
    until: str = ""  # end of a grant, an ISO 8601 date or time
    certificate: str = ""  # SM3 of its public key (SPKI), in hex


@dataclass(frozen=True, slots=True)
class Asset:
    """A row of the asset register: something that terminals talk to."""

    address: str
    port: str = ""
    protocol: str = ""
    role: str = ""
    domain: str = ""
    level: str = ""


class SitePlan(_Model):
    """The whole plan. Without one, Sentinel learns for a while and says so."""

    site: str
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"  # of the hours that the tables name
    ot_learning_hours: float = Field(168, ge=0)  # in which industrial conversations are taken as they are
    baseline_learning_hours: float = Field(72, ge=0)  # of a number, before what is unusual of it is told
    enforcement: Enforcement = Enforcement()
    capacities: dict[str, Annotated[float, Field(gt=0)]] = {}  # what the network bears, by the metric's name
    ot_response_limit: float = Field(0, ge=0)  # milliseconds; 0: as long as the conversation's cycle
    plmns: tuple[Plmn, ...] = ()
    tacs: tuple[Digits, ...] = ()
    slices: tuple[Slice, ...] = ()
    dnns: tuple[str, ...] = ()
    network_functions: tuple[NetworkFunction, ...] = ()
    gnbs: tuple[Gnb, ...] = ()
    ue_pools: tuple[Network, ...] = ()
    core_networks: tuple[Network, ...] = ()
    untrusted_networks: tuple[Network, ...] = ()  # where N2 and N3 are not to be seen in clear
    dnn_networks: dict[str, tuple[Network, ...]] = {}  # which destinations belong to a data network
    cells: tuple[Cell, ...] = ()
    max_speed: float = Field(40, gt=0)  # metres a second that a terminal may move
    device_tacs: tuple[Digits, ...] = ()  # type allocation codes of the devices that the site uses
    barred_devices: tuple[Digits, ...] = ()  # IMEIs, of which the first fourteen digits count
    missing_days: float = Field(30, gt=0)  # after which a terminal of the register is missed
    terminals: tuple[Terminal, ...] = ()
    assets: tuple[Asset, ...] = ()
    permits: tuple[Permit, ...] = ()
    limits: tuple[ValueLimit, ...] = ()
    peerings: tuple[Peering, ...] | None = None  # none: what terminals say to each other is not judged
    # Site values for what rules leave open (`docs/rules.md`), by rule slug.
    parameters: dict[str, dict[str, int | float | str | tuple[int | float | str, ...]]] = {}

    @cached_property
    def amfs(self) -> frozenset[str]:
        """The N2 addresses of AMFs."""
        return frozenset(str(address) for nf in self.network_functions if nf.type == "amf" for address in nf.n2)

    @cached_property
    def upfs(self) -> frozenset[str]:
        """The N3 addresses of UPFs."""
        return frozenset(str(address) for nf in self.network_functions if nf.type == "upf" for address in nf.n3)

    @cached_property
    def n4_peers(self) -> frozenset[str]:
        """The addresses that may speak PFCP."""
        return frozenset(str(address) for nf in self.network_functions for address in nf.n4)

    @cached_property
    def functions(self) -> dict[str, str]:
        """Address to the name of the network function or gNB that holds it (N6 addresses are not the core's)."""
        found = {
            str(address): nf.name for nf in self.network_functions for address in (*nf.n2, *nf.n3, *nf.n4, *nf.sbi)
        }
        return found | {str(address): gnb.name or gnb.id for gnb in self.gnbs for address in (*gnb.n2, *gnb.n3)}

    @cached_property
    def roles(self) -> dict[str, str]:
        """Address to what is there: `AMF`, `SMF`, `UPF` …, `gNB`."""
        found = {
            str(address): nf.type.upper()
            for nf in self.network_functions
            for address in (*nf.n2, *nf.n3, *nf.n4, *nf.sbi)
        }
        return found | {str(address): "gNB" for gnb in self.gnbs for address in (*gnb.n2, *gnb.n3)}

    @cached_property
    def n3_peers(self) -> frozenset[str]:
        """The addresses that may speak GTP-U: of UPFs, on N3 and N9, and of gNBs."""
        found = {str(address) for nf in self.network_functions for address in nf.n3}
        return frozenset(found | {str(address) for gnb in self.gnbs for address in gnb.n3})

    @cached_property
    def assets_by_address(self) -> dict[str, Asset]:
        """The register's row of an address."""
        return {asset.address: asset for asset in self.assets}

    @cached_property
    def resolvers(self) -> frozenset[str]:
        """The addresses of name servers by the asset register."""
        return frozenset(asset.address for asset in self.assets if asset.role == "dns")

    @cached_property
    def levels(self) -> dict[str, str]:
        """What the registers say of how much a terminal (by SUPI) or an asset (by address) matters."""
        return {one.supi: one.criticality for one in self.terminals} | {one.address: one.level for one in self.assets}

    @cached_property
    def asset_addresses(self) -> frozenset[str]:
        """Addresses that the asset register lists, as text."""
        return frozenset(asset.address for asset in self.assets)


TABLES = ("terminals", "assets", "permits", "limits", "peerings")  # keys of a plan that name a file beside it


def table_files(path: Path) -> tuple[str, ...]:
    """The files that a plan names for its tables, as they stand there; raises `SiteError`."""
    raw, _ = form.read(path, SiteError)
    return tuple(str(raw[key]) for key in TABLES if raw.get(key) is not None) if isinstance(raw, dict) else ()


def load_site(path: Path) -> SitePlan:
    """Read a site plan and the tables it names; raises `SiteError` with file and line."""
    raw, root = form.read(path, SiteError)
    if not isinstance(raw, dict) or root is None:
        raise SiteError("a site plan is a mapping that starts with `site: name`", path, 1)
    tables = {name: raw.pop(name) for name in TABLES if name in raw}
    try:
        plan = SitePlan.model_validate(raw)
    except ValidationError as error:
        raise form.mistake(raw, root, error, path, SiteError) from error
    return plan.model_copy(
        update={
            "terminals": _terminals(path, tables.get("terminals")),
            "assets": _assets(path, tables.get("assets")),
            "permits": _table(path, tables.get("permits"), Permit, "writer"),
            "limits": _table(path, tables.get("limits"), ValueLimit, "target"),
            "peerings": _table(path, tables["peerings"], Peering, "source") if "peerings" in tables else None,
        }
    )


def _terminals(plan: Path, name: object) -> tuple[Terminal, ...]:
    found = []
    for path, line, row in _rows(plan, name, tuple(Terminal.__dataclass_fields__), "supi"):
        terminal = Terminal(**row)
        if not terminal.supi.isdigit():
            raise SiteError(f"`{terminal.supi}` is not a SUPI; write the digits of the IMSI", path, line)
        found.append(terminal)
    return tuple(found)


def _assets(plan: Path, name: object) -> tuple[Asset, ...]:
    found = []
    for path, line, row in _rows(plan, name, tuple(Asset.__dataclass_fields__), "address"):
        try:
            address = ipaddress.ip_address(row["address"])
        except ValueError:
            raise SiteError(f"`{row['address']}` is not an address", path, line) from None
        found.append(Asset(**row | {"address": str(address)}))
    return tuple(found)


def _table(plan: Path, name: object, row: type[_Row], key: str) -> tuple[_Row, ...]:
    return tuple(row(**values) for _, _, values in _rows(plan, name, tuple(row.__dataclass_fields__), key))


def _rows(plan: Path, name: object, columns: tuple[str, ...], key: str) -> Iterator[tuple[Path, int, dict[str, str]]]:
    """File, line and row of the CSV table that the plan names, if it does."""
    if name is None:
        return
    if not isinstance(name, str):
        raise SiteError(f"the table of `{key}` rows is named by its file", plan)
    path = plan.parent / name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            unknown = set(reader.fieldnames or ()) - set(columns)
            if unknown or key not in (reader.fieldnames or ()):
                raise SiteError(f"the first line names the columns, of {', '.join(columns)}", path, 1)
            for row in reader:
                if None in row or None in row.values():
                    raise SiteError(f"expected {len(reader.fieldnames or ())} columns", path, reader.line_num)
                yield path, reader.line_num, {column: value.strip() for column, value in row.items()}
    except OSError as error:
        raise SiteError(f"cannot be read: {error.strerror}", path) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SiteError(f"is not UTF-8 comma-separated text: {error}", path) from error
