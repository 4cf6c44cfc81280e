"""Write the golden events beside every capture: what decoder and state make of it, one event a line.

`make golden` runs it; review the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from sentinel import pipeline
from sentinel.config import shipped
from sentinel.model.document import event_document
from sentinel.model.event import Event
from sentinel.site import load_site
from sentinel.state import State

HERE = Path(__file__).parent


def golden(capture: Path) -> Path:
    """The file with a capture's golden events."""
    return capture.with_suffix(".events.jsonl")


def events(capture: Path) -> list[dict[str, object]]:
    """The annotated events of a capture, as documents without the path of the capture."""
    state = State(load_site(shipped("deploy/examples") / "site-demo" / "site.yaml"))
    found: list[dict[str, object]] = []

    def take(batch: list[Event] | tuple[Event, ...]) -> None:
        for event in batch:
            document = event_document(state.observe(event))
            del document["event.provider"]
            found.append(orjson.loads(orjson.dumps(document)))

    pipeline.decode([str(capture)], lambda batch: take(list(batch)), lambda _: None)
    return found


def main() -> None:
    """Write them all."""
    for capture in sorted(HERE.rglob("*.pcap")):
        lines = [
            orjson.dumps(event, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for event in events(capture)
        ]
        golden(capture).write_bytes(b"".join(lines))


if __name__ == "__main__":
    main()
