"""Actors and time."""

from __future__ import annotations

from sentinel.drill.timeline import Play, Timeline


def test_actors_take_turns_in_order_of_time() -> None:
    """The one whose time comes first goes first; who is due at once goes in order of arrival."""
    timeline = Timeline(100)

    def speaker(word: bytes, wait: float) -> Play[None]:
        for _ in range(2):
            timeline.emit(word)
            yield wait

    timeline.add(speaker(b"slow", 3e-9))
    timeline.add(speaker(b"fast", 1e-9))
    timeline.add(speaker(b"late", 1e-9), after=10e-9)
    heard = [(frame.time, frame.data) for frame in timeline.run()]
    assert heard == [(100, b"slow"), (100, b"fast"), (101, b"fast"), (103, b"slow"), (110, b"late"), (111, b"late")]
