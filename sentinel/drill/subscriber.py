"""A terminal and its PDU sessions, and what they ask of the functions that serve them (`n2.Gnb`, `n4.N4`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sentinel.drill.plan import Slice, Station, Terminal
from sentinel.drill.timeline import Play
from sentinel.drill.wire.nas import SecurityContext


class Radio(Protocol):
    """The gNB that serves a terminal."""

    station: Station

    def challenge(self, ue: Ue, identity: bytes) -> Play[bytes]:
        """Registration request and the challenge that answers it."""

    def fail_authentication(self, ue: Ue, *, last: bool = True) -> Play[None]:
        """The terminal refuses the challenge."""

    def secure(self, ue: Ue, request: bytes, nea: int) -> Play[None]:
        """The rest of a registration."""

    def set_up_session(self, session: Session) -> Play[None]:
        """A session begins."""

    def release_session(self, session: Session) -> Play[None]:
        """A session ends."""

    def deregister(self, ue: Ue) -> Play[None]:
        """The terminal leaves."""


class Control(Protocol):
    """The association of an SMF with the UPF that carries a session."""

    @property
    def n3(self) -> str:
        """Where the UPF ends tunnels."""

    def establish(self, session: Session) -> Play[None]:
        """The session begins."""

    def modify(self, session: Session, gnb: str, teid: int) -> Play[None]:
        """Downlink packets get their tunnel."""

    def delete(self, session: Session) -> Play[None]:
        """The session ends."""


@dataclass
class Ue:
    """A terminal that the AMF knows."""

    terminal: Terminal
    gnb: Radio
    security: SecurityContext
    amf_id: int = 0
    ran_id: int = 0
    tmsi: int = 0
    sessions: list[Session] = field(default_factory=list)


@dataclass
class Session:
    """A PDU session and its tunnel; one of `kind` ethernet has no address."""

    ue: Ue
    n4: Control
    number: int
    dnn: str
    slice: Slice
    address: str
    kind: str = "ipv4"
    qfi: int = 1
    cp_seid: int = 0
    up_seid: int = 0
    ul_teid: int = 0
    dl_teid: int = 0
    dl_address: str = ""
    alive: bool = True
