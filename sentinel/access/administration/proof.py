"""The proof loop: whether what points were told holds is seen on the wire, not believed.

A cut is proven by the end of its session (PFCP Session Deletion, which State tells), or by silence: no answer reaches the
terminal for some seconds after the point took it, while the tap is known to watch. An answer that does reach it is a
leak. Where the tap does not watch, nothing is proven, and it stays `acked`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sentinel.access.administration.ordering import Ordering
from sentinel.access.administration.orders import Order, Phase
from sentinel.access.administration.tap import Tap
from sentinel.access.information.present import Present
from sentinel.access.information.wording import SECOND
from sentinel.model.enforcement import State, Verb

GRACE = SECOND // 2  # for what was under way when the point took it
MOST = 50  # orders that are looked at together: each asks ring and store
SETTLE = 7 * SECOND // 10  # until packets are in the ring


class Proof:
    """Looks at orders that were taken and are not proven; `silence` is in seconds."""

    def __init__(
        self, ordering: Ordering, present: Present, tap: Tap, silence: float, clock: Callable[[], int] = time.time_ns
    ) -> None:  # fmt: skip
        self._ordering, self._present, self._tap, self._clock = ordering, present, tap, clock
        self._silence = int(silence * SECOND)

    def look(self) -> None:
        """Once, at some of them: those first that were taken first."""
        acked = [each for each in self._ordering.orders.active() if each.phase is Phase.ACKED]
        for order in sorted(acked, key=lambda order: order.at)[:MOST]:
            if order.command.verb is not Verb.REAUTHORISE:
                self._look(order)

    def _look(self, order: Order) -> None:
        taken = max(each.at for each in order.outcomes if each.state is State.ACKED)
        since, until = taken + GRACE, taken + GRACE + self._silence
        address = order.command.binding.address
        if not address or self._clock() < min(until, since + SECOND) + SETTLE:
            return
        packets = self._tap.answers(address, order.command.flow, since, min(until, self._clock()))
        if packets:
            self._ordering.seen(order, Phase.LEAKED, "answers reached the terminal after the cut", packets)
        elif self._clock() >= until + SETTLE and self._present.heard >= until:
            seconds = self._silence / SECOND
            self._ordering.seen(order, Phase.PROVEN, f"no answer reached the terminal for {seconds:g} s")
