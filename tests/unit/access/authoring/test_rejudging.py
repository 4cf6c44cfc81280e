"""A decision is decided again from its record."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sentinel.access.authoring.rejudging import again, recorded
from sentinel.access.information.pip import Asked
from sentinel.model.access import Resource
from sentinel.store.base import Document
from tests.deciding import AGV, NOW, PLC, SITE, deciding, published


def _stored(tmp_path: Path, asked: Asked) -> tuple[Document, bool]:
    made, store = deciding(tmp_path)
    answer = published(made).decider.decide(asked, "gate")
    for _ in range(200):
        found = store.event(answer.id)
        if found is not None:
            break
        time.sleep(0.01)
    made.decider.close()
    assert found is not None
    request = recorded(found, asked.supi, SITE.site)
    assert request is not None
    decided = again(request, made.pap.policy(1), 1)
    return found, (decided.allowed, decided.rules, decided.digest) == (
        answer.decision.allowed, answer.decision.rules, found["access.policy.digest"]
    )  # fmt: skip


@pytest.mark.parametrize("action", ["modbus:write", "modbus:diag"])
def test_the_record_gives_the_same_answer(tmp_path: Path, action: str) -> None:
    """Allowed or denied, by the same rules, under the same digest."""
    found, same = _stored(tmp_path, Asked(PLC, action, NOW, AGV))
    assert found["access.decision"] == ("allow" if action == "modbus:write" else "deny")
    assert same


def test_a_stranger_stays_one(tmp_path: Path) -> None:
    """Who is in no register has no names in the record."""
    assert _stored(tmp_path, Asked(PLC, "connect", NOW, "999709999999999"))[1]


def test_what_was_not_recorded_whole_is_not_judged() -> None:
    """A resource that was none cannot be asked for again."""
    assert recorded({"access.resource": str(Resource("app", known=False))}, AGV, SITE.site) is None
