"""Who held what, and when: the changes that State tells, for whoever keeps them (`sentinel.state.history`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from sentinel.model.event import Value

if TYPE_CHECKING:
    from sentinel.state.contexts import UeContext
    from sentinel.state.sessions import Session


class Ledger(Protocol):
    """Takes the beginnings and ends of holdings: an address, a tunnel, a SEID, a GUTI, an N2 context."""

    def hold(
        self, kind: str, key: str, since: int, holder: str, facts: Mapping[str, Value], *, shared: bool = False
    ) -> None:
        """`holder` has `key` from now on; said again when more is known. Others had it until now, unless `shared`."""

    def release(self, kind: str, key: str, holder: str, until: int) -> None:
        """`holder` has `key` no longer."""

    def changed(self, what: Session | UeContext) -> None:
        """It began, changed or ended: whoever tells others of it looks at it when the batch is over."""


class NoLedger:
    """Keeps nothing: for an analysis that nobody asks about the past."""

    def hold(
        self, kind: str, key: str, since: int, holder: str, facts: Mapping[str, Value], *, shared: bool = False
    ) -> None:
        """See `Ledger.hold`."""

    def release(self, kind: str, key: str, holder: str, until: int) -> None:
        """See `Ledger.release`."""

    def changed(self, what: Session | UeContext) -> None:
        """See `Ledger.changed`."""
