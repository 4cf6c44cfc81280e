"""Enforcement in the words of NIST SP 800-207: what a policy administrator has enforcement points do, and what comes of it.

A command says what is to be so, not what to do next: given twice it is once. An acknowledgement is not a proof: only traffic
that our own tap sees, or no longer sees, makes an outcome `proven` or `leaked`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What an enforcement point can be told."""

    CUT = "cut"  # end the session; the terminal may ask for another one, and is decided upon again
    QUARANTINE = "quarantine"  # nothing from or to the address, or no more of the one flow, also where it is under way
    REAUTHORISE = "reauthorise"  # have the session's authorisation asked for again


class State(StrEnum):
    """How far a command came."""

    SENT = "sent"  # on its way; nobody has answered yet
    ACKED = "acked"  # the enforcement point took it
    PROVEN = "proven"  # the tap sees that it holds
    LEAKED = "leaked"  # the tap sees traffic that it should have stopped
    FAILED = "failed"  # it was refused, not answered, or not possible; a health alarm


@dataclass(frozen=True, slots=True)
class Binding:
    """The session that a decision is about, as observed; what is not known is empty, or -1.

    A decision holds for this session alone: an address that somebody else has later inherits nothing.
    """

    supi: str
    session: int = -1  # PDU session id, 1 to 15
    seid: str = ""  # of PFCP, in hex as the events have it
    uplink: str = ""  # TEIDs of N3, likewise
    downlink: str = ""
    qfi: int = -1
    address: str = ""  # of the terminal
    gnb: str = ""
    dnn: str = ""
    accounting: str = ""  # Acct-Session-Id, where the SMF says one
    critical: bool = False  # safety-critical: not cut without two persons


@dataclass(frozen=True, slots=True)
class Flow:
    """One way out of the terminal's address: where to."""

    address: str
    port: int
    protocol: str  # `tcp`, `udp` or `sctp`

    def __str__(self) -> str:
        where = f"[{self.address}]" if ":" in self.address else self.address
        return f"{where}:{self.port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be so, because of which decision, for which session, and for how long."""

    verb: Verb
    decision: str  # id of the decision that it carries out
    binding: Binding
    ttl: int  # seconds after which it ends by itself
    flow: Flow | None = None  # of a quarantine: this one only
    approvals: tuple[str, ...] = ()  # who let it go ahead, where that is asked for

    @property
    def id(self) -> str:
        """The same for the same thing: what makes it idempotent."""
        what = str(self.flow) if self.flow else self.binding.address or str(self.binding.session)
        return f"{self.decision}/{self.verb}/{self.binding.supi}/{what}"

    @property
    def cleared(self) -> bool:
        """Whether it may go out: what cuts a safety-critical session takes two persons."""
        return self.verb is Verb.REAUTHORISE or not self.binding.critical or len(set(self.approvals)) >= 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command at one enforcement point."""

    command: str  # its id
    point: str
    state: State
    at: int  # nanoseconds since the epoch
    detail: str = ""  # why it failed, or what the enforcement point said
