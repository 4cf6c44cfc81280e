"""Decisions in the event loop: what is asked in one turn of it is judged one by one, and put on record together, by one write.

Nothing here waits: facts are in memory, and a record is written but not synchronised before the answer
(`sentinel.audit.syncing`). So a decision needs no thread, whose hand-over would take longer than the decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from sentinel.access.deciding.decider import Answer, Decider, Judged
from sentinel.access.information.pip import Asked

Answered = Callable[[Answer | Exception], None]
"""Is told the answer, or what went wrong, whatever it is."""


class _Waiting(NamedTuple):
    judged: Judged
    answered: Answered


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
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.put(decider, judged, point, lambda answer: _settle(answered, answer))
        return await answered

    def put(self, decider: Decider, judged: Judged, point: str, answered: Answered) -> None:
        """The same for who does not wait."""
        loop = asyncio.get_running_loop()
        if self._round is None or self._loop is not loop:
            self._round, self._loop = {}, loop
            loop.call_soon(self._answer, decider, self._round)
        self._round.setdefault(point, []).append(_Waiting(judged, answered))

    def _answer(self, decider: Decider, whole: _Round) -> None:
        self._round = None
        for point, waiting in whole.items():
            try:
                answers = decider.answer([each.judged for each in waiting], point)
            except Exception as error:  # noqa: BLE001  # whoever asked is told, whatever it is
                for each in waiting:
                    each.answered(error)
                continue
            for each, answer in zip(waiting, answers, strict=True):
                each.answered(answer)


def _settle(answered: asyncio.Future[Answer], answer: Answer | Exception) -> None:
    if answered.done():  # they hung up
        return
    if isinstance(answer, Exception):
        answered.set_exception(answer)
    else:
        answered.set_result(answer)
