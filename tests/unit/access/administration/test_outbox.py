from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.access.administration.outbox import Outbox
from sentinel.errors import StoreError
from sentinel.model.event import PlainEvent
from sentinel.model.facts import Kind, Told
from sentinel.store.facts import FactLog


def test_what_could_not_be_told_is_told_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = FactLog(tmp_path / "facts.db")
    outbox = Outbox(log)
    tell = FactLog.tell

    def full(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(FactLog, "tell", full)
    outbox.happened(PlainEvent("access.cut_held", 5, "e1", "access", 0, {"event.action": "access.cut_held"}))
    with pytest.raises(StoreError):
        outbox.flush([Told(Kind.GRANT, "g1", 6)])
    monkeypatch.setattr(FactLog, "tell", tell)
    outbox.flush()
    outbox.flush()
    assert [(told.kind, told.key, told.over) for told in log.after(0)] == [
        (Kind.EVENT, "e1", True),
        (Kind.GRANT, "g1", False),
    ]
