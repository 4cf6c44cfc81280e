"""Status: whether everything is being watched, and what worker and collectors last said of themselves."""

from __future__ import annotations

from fastapi import APIRouter

from sentinel.api.parts import Using, Watcher

router = APIRouter(prefix="/status", tags=["status"])


@router.get("")
def status(caller: Watcher, using: Using) -> dict[str, object]:
    """How the watching goes, and the collectors that are not well; the worker's own figures, and those of each collector.

    `state` is `never` (the worker has not reported), `silent`, `idle` (no source is left to read), `degraded` (collectors
    in `troubled` are away or not well, or the store is), `learning` or `watching`. `store` is `ok`, or what is wrong with it. `decisions` is `kept`, `none` (this service decides on
    no access), or why they cannot be kept, while which nothing is granted. `gateways` has the seconds since each gateway
    with nftables asked last; one that follows asks at least twice a minute.
    """
    health = using.health()
    names = [each.name for each in using.receiving.collectors.everyone() if each.active] if using.receiving else []
    return {
        "state": health.state,
        "troubled": health.troubled,
        "store": health.store or "ok",
        "worker": dict(using.store.status("worker")),
        "decisions": (using.access.decider.unrecorded or using.ledger.log.syncing.failed or "kept")
        if using.access
        else "none",
        "gateways": {name: round(seconds) for name, seconds in using.access.feed.heard().items()}
        if using.access
        else {},
        "rules": len(using.rules.rules),
        "collectors": {name: dict(using.store.status(f"collector.{name}")) for name in names},
    }
