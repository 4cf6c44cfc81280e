"""What a gateway that follows the feed comes to have."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from sentinel.enforcement import feed as module
from sentinel.enforcement.feed import Element, Feed

PERMIT = Element("permits", ("10.45.1.11", "10.11.6.50", "tcp", "502"))
STOP = Element("quarantine", ("10.45.1.11",))


def filled(clock: Callable[[], float] = time.monotonic) -> Feed:
    """A feed in which all stands that may pass."""
    feed = Feed(clock)
    feed.fill()
    return feed


def test_who_comes_anew_is_given_the_whole_and_then_what_changes() -> None:
    feed = filled(lambda: 100.0)
    feed.put({PERMIT: 60})
    first = feed.changes("gw", "", -1, 0)
    assert (first.whole, first.put) == (True, {PERMIT: 60})
    feed.put({STOP: 5})
    feed.remove([PERMIT])
    after = feed.changes("gw", first.epoch, first.sequence, 0)
    assert (after.whole, after.put, after.removed) == (False, {STOP: 5}, (PERMIT,))
    none = feed.changes("gw", after.epoch, after.sequence, 0)
    assert (none.put, none.removed, none.sequence) == ({}, (), after.sequence)


def test_what_has_ended_is_not_told() -> None:
    now = [0.0]
    feed = filled(lambda: now[0])
    feed.put({PERMIT: 60, STOP: 5})
    now[0] = 6.0
    assert feed.changes("gw", "", -1, 0).put == {PERMIT: 54}
    assert feed.standing("quarantine") == {}


def test_the_question_of_a_gateway_says_how_far_it_came() -> None:
    feed = filled()
    sequence = feed.put({STOP: 5})
    assert not feed.reached("gw", sequence, 0)
    feed.changes("gw", "", -1, 0)
    assert not feed.reached("gw", sequence, 0)  # it was told, and has not said that it has done it
    feed.changes("gw", feed.epoch, sequence, 0)
    assert feed.reached("gw", sequence, 0)
    assert not feed.reached("other", sequence, 0)


def test_a_question_is_held_until_something_changes() -> None:
    feed = filled()
    feed.changes("gw", "", -1, 0)
    timer = threading.Timer(0.05, lambda: feed.put({STOP: 5}))
    timer.start()
    assert STOP in feed.changes("gw", feed.epoch, 0, 10).put
    timer.join()


@pytest.mark.parametrize(("epoch", "since"), [("another", 1), (None, 99), (None, -1)])
def test_who_followed_another_feed_is_given_the_whole(epoch: str | None, since: int) -> None:
    feed = filled()
    feed.put({STOP: 5})
    assert feed.changes("gw", epoch or feed.epoch, since, 0).whole


def test_who_missed_a_removal_that_is_not_remembered_is_given_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REMOVED", 1)
    feed = filled()
    feed.remove([PERMIT])
    assert not feed.changes("gw", feed.epoch, 0, 0).whole
    feed.remove([STOP])
    assert feed.changes("gw", feed.epoch, 0, 0).whole
    assert not feed.changes("gw", feed.epoch, 1, 0).whole


def test_who_asks_no_more_follows_no_more() -> None:
    now = [0.0]
    feed = filled(lambda: now[0])
    assert not feed.following
    feed.changes("gw", "", -1, 0)
    assert feed.following
    now[0] = module.FOLLOWED
    assert not feed.following


def test_there_is_no_whole_before_all_that_may_pass_was_put() -> None:
    """After a restart a gateway keeps what it has, and is told what to stop."""
    feed = Feed(lambda: 100.0)
    feed.put({STOP: 5, PERMIT: 60})
    first = feed.changes("gw", "before-the-restart", 7, 0)
    assert (first.whole, first.put, first.epoch, first.sequence) == (False, {STOP: 5}, "", -1)
    feed.fill()
    assert feed.changes("gw", first.epoch, first.sequence, 0).whole


def test_who_waits_for_the_whole_is_given_it_as_soon_as_it_is_there() -> None:
    feed = Feed()
    timer = threading.Timer(0.05, feed.fill)
    timer.start()
    assert feed.changes("gw", "", -1, 10).whole
    timer.join()
