"""Whether the mirror shows what there is."""

from __future__ import annotations

from sentinel.detection.sight import Sight
from sentinel.model.event import PlainEvent, Value

MINUTE = 60 * 10**9


def test_what_was_not_watched_for_long_is_not_seen_until_a_minute_after_that() -> None:
    sight = Sight()
    fields: dict[str, Value] = {"event.action": "monitor.watching_interrupted", "event.duration": 10 * MINUTE}
    sight.observe(PlainEvent("monitor.watching_interrupted", MINUTE, "1", "mirror0", 0, fields))
    assert sight.blind(("n2",), 12 * MINUTE)
    assert not sight.blind(("n2",), 12 * MINUTE + 1)
