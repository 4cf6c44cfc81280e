"""Decisions of one turn of the loop: one write, each to who asked; what fails is told to all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sentinel.access.deciding.decider import Answer, Decider, Judged
from sentinel.access.information.pip import Asked
from sentinel.api.rounds import Rounds
from sentinel.operations.doors import Deciding
from tests.auditing import Kept
from tests.deciding import AGV, AGV_PLACE, AGV_SESSION, PLC, Past, deciding, published


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Deciding]:
    access, store = deciding(tmp_path, Past((AGV_SESSION, AGV_PLACE)), auditor=Kept())
    yield published(access)
    access.close()
    store.close()


def asked(action: str, supi: str = AGV) -> Asked:
    return Asked(PLC, action, time.time_ns(), supi)


def test_who_asks_in_one_turn_is_on_record_together_and_answered_singly(
    made: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups, kept = list[tuple[str, int]](), Decider.answer

    def answer(self: Decider, several: Sequence[Judged], point: str) -> Sequence[Answer]:
        groups.append((point, len(several)))
        return kept(self, several, point)

    monkeypatch.setattr(Decider, "answer", answer)
    rounds, decider = Rounds(), made.decider

    async def ask() -> list[Answer]:
        several = [("modbus:write", "a"), ("s7:program", "a"), ("modbus:write", "b")]
        first = await asyncio.gather(*(rounds.decide(decider, asked(action), point) for action, point in several))
        return [*first, await rounds.decide(decider, asked("modbus:write", "1"), "a")]

    answers = asyncio.run(ask())
    assert [each.decision.allowed for each in answers] == [True, False, True, False]
    assert len({each.id for each in answers}) == 4
    assert groups == [("a", 2), ("b", 1), ("a", 1)]


def test_what_fails_is_told_to_all_and_the_next_round_is_another(
    made: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Sequence[Answer]:
        raise MemoryError

    rounds = Rounds()

    async def ask() -> list[Answer | BaseException]:
        several = (rounds.decide(made.decider, asked("modbus:write"), "a") for _ in range(2))
        return await asyncio.gather(*several, return_exceptions=True)

    with monkeypatch.context() as broken:
        broken.setattr(Decider, "answer", fails)
        assert [type(each) for each in asyncio.run(ask())] == [MemoryError] * 2
    assert [each.decision.allowed for each in asyncio.run(ask()) if isinstance(each, Answer)] == [True, True]


def test_who_hangs_up_holds_up_nobody(made: Deciding) -> None:
    async def ask() -> Answer:
        rounds = Rounds()
        gone, stays = (asyncio.create_task(rounds.decide(made.decider, asked("modbus:write"), "a")) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(ask()).decision.allowed
