"""Steps behind the line are done in order and once; one that fails is tried again, and nothing behind it is done before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from sentinel.errors import StoreError
from sentinel.worker import behind
from sentinel.worker.behind import Behind


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Of a worker that tries again soon."""
    monkeypatch.setattr(behind, "RETRY_EVERY", 0.001)
    made = threading.Event()
    yield made
    made.set()


def _flaky(done: list[int], number: int, failures: int) -> Callable[[], None]:
    """A step that a store refuses so often."""
    left = iter(range(failures))

    def step() -> None:
        if next(left, None) is not None:
            raise StoreError("disk full")
        done.append(number)

    return step


def test_a_failing_step_is_tried_again_and_those_behind_it_wait(stopping: threading.Event) -> None:
    done = list[int]()
    with closing(Behind(stopping)) as line:
        for number in range(20):
            line.do(_flaky(done, number, number % 4))
        line.settle()
        assert done == list(range(20))


def test_who_hands_over_goes_on_until_too_much_is_left_to_do(stopping: threading.Event) -> None:
    done, go, handed = list[int](), threading.Event(), list[int]()
    with closing(Behind(stopping)) as line:

        def hand_over() -> None:
            for number in range(20):
                line.do(lambda: done.append(number) if go.wait(10) else None)  # noqa: B023  # how many, not which
                handed.append(number)

        other = threading.Thread(target=hand_over)
        other.start()
        other.join(0.2)
        assert (done, 1 < len(handed) < 20) == ([], True)
        go.set()
        other.join(10)
        line.settle()
        assert len(done) == 20


def test_told_to_stop_it_says_what_it_could_not_store_and_does_nothing_behind_it(stopping: threading.Event) -> None:
    done = list[int]()
    stopping.set()
    with closing(Behind(stopping)) as line:
        line.do(_flaky(done, 1, 1))
        with pytest.raises(StoreError, match="disk full"):
            line.settle()
        with pytest.raises(StoreError, match="disk full"):
            line.do(_flaky(done, 2, 0))
        with pytest.raises(StoreError, match="disk full"):
            line.heed()
    assert done == []


def test_our_own_mistakes_are_not_tried_again(stopping: threading.Event) -> None:
    with closing(Behind(stopping)) as line:
        line.do(lambda: next(iter(())))
        with pytest.raises(StopIteration):
            line.settle()


def test_what_is_left_at_the_end_is_done(stopping: threading.Event) -> None:
    done = list[int]()
    line = Behind(stopping)
    for number in range(4):
        line.do(_flaky(done, number, 1))
    line.close()
    Behind(stopping).close()  # nothing was handed over
    assert done == [0, 1, 2, 3]
