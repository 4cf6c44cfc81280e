"""Status: what the worker last said of itself."""

from __future__ import annotations

from fastapi import APIRouter

from sentinel.api.parts import Reader, Using

router = APIRouter(prefix="/status", tags=["status"])


@router.get("")
def status(caller: Reader, using: Using) -> dict[str, object]:
    """The worker's own figures, empty if it never reported, and those of each collector."""
    names = [each.name for each in using.receiving.collectors.everyone() if each.active] if using.receiving else []
    return {
        "worker": dict(using.store.status("worker")),
        "rules": len(using.rules.rules),
        "collectors": {name: dict(using.store.status(f"collector.{name}")) for name in names},
    }
