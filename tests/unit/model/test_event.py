"""Events: all fields at once are what each of them is, and facts change nothing underneath."""

from __future__ import annotations

from collectors.sources.capture_file import CaptureFile
from sentinel.model.event import AnnotatedEvent, Overlay, PlainEvent, flat

TRACE = "tests/traces/gtpu/gtp-in-gtp.pcap"


def test_all_fields_at_once_are_what_each_of_them_is() -> None:
    with CaptureFile(TRACE) as source:
        events = [event for batch in source.batches() for event in batch]
    assert events
    for event in events:
        read = flat(event.fields)
        assert list(read) == list(event.fields)
        assert all(read[name] == event.fields[name] for name in event.fields)


def test_an_overlay_is_flattened_with_what_lies_over_it() -> None:
    assert flat(Overlay({"a": 1, "b": 2}, {"b": 3, "c": 4})) == {"a": 1, "b": 3, "c": 4}


def test_facts_are_laid_over_an_event_and_do_not_change_it() -> None:
    event = PlainEvent("a.b", 1, "1", "test", 0, {"event.action": "a.b", "x": 1})
    annotated = AnnotatedEvent(event, {"x": 2, "y": 3})
    assert annotated.fields == {"event.action": "a.b", "x": 2, "y": 3}
    assert event.fields == {"event.action": "a.b", "x": 1}
    assert annotated == AnnotatedEvent(event, {"x": 2, "y": 3}) != AnnotatedEvent(event)
