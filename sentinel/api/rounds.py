"""Decisions in the event loop: what is asked in one turn of it is judged one by one, and put on record together, by one write.

Nothing here waits: facts are in memory, and a record is written but not synchronised before the answer
(`sentinel.audit.syncing`). So a decision needs no thread, whose hand-over would take longer than the decision.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from sentinel.access.deciding.decider import Answer, Decider, Judged
from sentinel.access.information.pip import Asked


class _Waiting(NamedTuple):
    judged: Judged
    answered: asyncio.Future[Answer]


_Round = dict[str, list[_Waiting]]  # by enforcement point


class Rounds:
    """The rounds of one event loop: each begins with who asks first, and is over in the loop's next turn."""

    def __init__(self) -> None:
        self._round: _Round | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def decide(self, decider: Decider, asked: Asked, point: str) -> Answer:
        """Decide, and keep the decision; see `Decider.decide`."""
        return await self.keep(decider, decider.judge(asked), point)

    async def keep(self, decider: Decider, judged: Judged, point: str) -> Answer:
        """Keep what was judged, with what others ask in this turn."""
        loop = asyncio.get_running_loop()
        if self._round is None or self._loop is not loop:
            self._round, self._loop = {}, loop
            loop.call_soon(self._answer, decider, self._round)
        answered: asyncio.Future[Answer] = loop.create_future()
        self._round.setdefault(point, []).append(_Waiting(judged, answered))
        return await answered

    def _answer(self, decider: Decider, whole: _Round) -> None:
        self._round = None
        for point, waiting in whole.items():
            try:
                answers = decider.answer([each.judged for each in waiting], point)
            except Exception as error:  # noqa: BLE001  # whoever asked is told, whatever it is
                _end(waiting, error)
                continue
            for each, answer in zip(waiting, answers, strict=True):
                if not each.answered.done():  # they did not hang up
                    each.answered.set_result(answer)


def _end(waiting: list[_Waiting], error: Exception) -> None:
    for each in waiting:
        if not each.answered.done():
            each.answered.set_exception(error)
