"""A scene needs the extra, and says so."""

from __future__ import annotations

import pytest

from sentinel.drill import base, scenes
from sentinel.errors import SentinelError


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for frames without scapy and pycrate, a scene says what to install."""
    monkeypatch.setattr(base, "find_spec", lambda name: None)
    with pytest.raises(SentinelError, match=r"install sentinel-5g\[drill\]"):
        scenes()["plant-day"].frames(0)
