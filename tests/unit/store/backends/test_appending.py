"""Batches of any size are there whole, found and counted; what was there before is neither changed nor counted again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import Span
from tests.contract.test_store import event


@pytest.mark.parametrize("size", [0, 1, 2, 511, 512, 513, 1300])
def test_all_of_a_batch_is_there_once(tmp_path: Path, size: int) -> None:
    store = SqliteStore(tmp_path / "events.db")
    made = [event(time, kind="a.b", fiveg__supi=f"99970{time:010}") for time in range(size)]
    for batch in (made[: size // 2], made[size // 3 :], made):
        store.add(batch, [], [])
    assert sum(count for _, count in store.event_histogram("", Span(), 1).parts) == size
    assert [each["event.id"] for each in store.events("", Span(), 2000).rows] == [each.id for each in reversed(made)]
    for each in made[:: max(1, size // 7)]:
        assert [
            row["event.id"] for row in store.events(f'fiveg.supi:"{each.fields["fiveg.supi"]}"', Span(), 9).rows
        ] == [each.id]
    store.close()


def test_a_text_with_a_nul_does_not_hide_the_words_behind_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.db")
    one = event(1, kind="a.b", fiveg__gnb__name="x\0y", fiveg__supi="999700000000001", fiveg__tmsi="0x00000001")
    store.add([one], [], [])
    for asked in ('fiveg.supi:"999700000000001"', 'fiveg.tmsi:"0x00000001"'):
        assert [row["event.id"] for row in store.events(asked, Span(), 9).rows] == [one.id]
    store.close()
