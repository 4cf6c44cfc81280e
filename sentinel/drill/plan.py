"""The demo network: the addresses, stations and terminals that `deploy/examples/site-demo` writes down as its plan."""

from __future__ import annotations

from dataclasses import dataclass

PLMN = "99970"
TAC = 1

AMF = "10.11.2.10"
SMF, SMF_STANDBY = "10.11.4.30", "10.11.4.31"
UPF_N3, UPF_N4 = "10.11.3.20", "10.11.4.20"
EDGE_UPF_N3, EDGE_UPF_N4 = "10.11.3.21", "10.11.4.21"
NRF = "10.11.5.10"
NTP, CORE_DNS = "10.11.5.123", "10.11.5.53"  # edge hosts that terminals may reach, though they share the core's subnet
CELL_PLC = "10.11.8.50"  # in the data network ot
HTTP, DNS, PLC = "10.11.6.80", "10.11.6.53", "10.11.6.50"
ROGUE_N2, ROGUE_N3, ROGUE_N4 = "10.11.2.150", "10.11.3.150", "10.11.4.99"


@dataclass(frozen=True)
class Slice:
    """An S-NSSAI; `sd` is six hex digits or empty."""

    sst: int
    sd: str = ""


EMBB, OT = Slice(1), Slice(2, "0000a1")
SLICES = [EMBB, OT]
SLICE_OF = {"internet": EMBB, "ot": OT}


@dataclass(frozen=True)
class Cell:
    """Where a terminal is: NR cell identity and tracking area."""

    nci: int
    plmn: str = PLMN
    tac: int = TAC


@dataclass(frozen=True)
class Station:
    """A gNB; its further N2 addresses are those of one multi-homed or standby CU."""

    id: int
    name: str
    n2: tuple[str, ...]
    n3: str

    @property
    def cell(self) -> Cell:
        """Its first cell: a 32-bit gNB id leaves 4 bits for the cell (TS 38.413 clause 9.3.1.7)."""
        return Cell(self.id << 4 | 1)


GNB1 = Station(1, "gnb-assembly", ("10.11.2.101", "10.11.2.111"), "10.11.3.101")
GNB2 = Station(2, "gnb-warehouse", ("10.11.2.102", "10.11.2.112"), "10.11.3.102")
GNB3 = Station(3, "gnb-yard", ("10.11.2.103",), "10.11.3.103")
GNB4 = Station(4, "gnb-remote", ("10.11.12.104",), "10.11.13.104")  # over a leased line


@dataclass(frozen=True)
class Terminal:
    """A terminal of the register; `index` tells it from the others and gives its address."""

    index: int
    group: str

    @property
    def supi(self) -> str:
        """Digits of the IMSI."""
        return f"{PLMN}{self.index:010}"

    @property
    def imei(self) -> str:
        """Fifteen digits, the last a check digit (TS 23.003 clause 6.2.1)."""
        digits = f"86012305{self.index:06}"
        doubled = [int(d) * (1 + at % 2) for at, d in enumerate(digits)]
        return digits + str(-sum(d // 10 + d % 10 for d in doubled) % 10)

    @property
    def imeisv(self) -> str:
        """The same equipment with a software version in place of the check digit."""
        return self.imei[:14] + "01"

    @property
    def gpsi(self) -> str:
        """Digits of the MSISDN."""
        return f"8613900{self.index:06}"

    def address(self, dnn: str) -> str:
        """The fixed address it gets in a data network."""
        return f"10.45.{1 if dnn == 'ot' else 0}.{10 + self.index}"


@dataclass(frozen=True)
class InDevice(Terminal):
    """A terminal's SIM in a device of another identity."""

    device: str

    @property
    def imei(self) -> str:
        """The other device's."""
        return self.device


GROUPS = (
    "agv", "plc-gateway", "camera", "tablet", "camera", "sensor", "tablet", "sensor", "tablet", "agv", "robot", "robot",
    "mast-camera", "contractor", "contractor",
)  # fmt: skip
TERMINALS = {index: Terminal(index, group) for index, group in enumerate(GROUPS, start=1)}


def plmn_octets(plmn: str) -> bytes:
    """MCC and MNC in three octets (TS 38.413 clause 9.3.3.5)."""
    mcc, mnc = plmn[:3], plmn[3:].ljust(3, "f")
    digits = mcc[1] + mcc[0] + mnc[2] + mcc[2] + mnc[1] + mnc[0]
    return bytes.fromhex(digits)
