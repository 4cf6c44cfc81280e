"""What Elasticsearch, or the way to it, says when it cannot: one clear message for each cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import elastic_transport
import elasticsearch

from sentinel.errors import CryptoError, StoreError

OLDEST = (8, 19)
BUSY = frozenset((429, 502, 503, 504))  # what passes
_BLOCKED = "cluster_block_exception"


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the client become `StoreError`."""
    try:
        yield
    except (elasticsearch.ApiError, elastic_transport.TransportError, elasticsearch.UnsupportedProductError) as error:
        raise StoreError(told(error)) from error
    except CryptoError as error:
        raise StoreError(f"the store cannot do this: {error}") from error


def told(error: Exception) -> str:
    """What is wrong, and what a person can do."""
    match error:
        case elastic_transport.TlsError():
            what = (
                f"its certificate is not to be trusted ({_short(error)}); "
                "name the certificate of who signed it with --store-ca"
            )
        case elastic_transport.ConnectionTimeout():
            what = "it does not answer in time"
        case elastic_transport.ConnectionError():
            what = f"it cannot be reached ({_short(error)})"
        case elasticsearch.UnsupportedProductError():
            what = "what answers there is no Elasticsearch"
        case elasticsearch.AuthenticationException():
            what = "it does not take our name and password or API key (401); look at --store-secret"
        case elasticsearch.ApiError():
            what = refusal(error.status_code, _cause(error.body))
        case _:
            what = _short(error)
    return f"elasticsearch: {what}"


def refusal(status: int, cause: Mapping[str, Any]) -> str:
    """What an answer that is no success means."""
    reason = " ".join(str(cause.get("reason", "")).split())[:300]
    if cause.get("type") == _BLOCKED:
        full = "read-only-allow-delete" in reason or "disk usage exceeded" in reason
        return f"it is read-only{', its disk is full' if full else ''} ({reason})"
    if "cannot be changed from type" in reason:
        return f"an index has a field of another type than ours ({reason}); delete that index, or have it indexed anew"
    if status == 429:
        return f"it is overloaded and takes nothing now (429, {reason})"
    if status == 403:
        return f"our account lacks a right (403, {reason}); deploy/elastic has the roles"
    return f"it says {status}, {cause.get('type', 'no reason')}: {reason}"


def passing(status: int, cause: Mapping[str, Any]) -> bool:
    """Whether the same may be taken later, without anybody changing it."""
    return status in BUSY or status in (401, 403) or cause.get("type") == _BLOCKED


def old(version: str) -> str:
    """What is wrong with a server of this version; empty if nothing."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= OLDEST:
        return ""
    return f"elasticsearch: it is version {version}; {'.'.join(map(str, OLDEST))} or later is needed"


def _cause(body: object) -> Mapping[str, Any]:
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return {"reason": error or body}
    roots = error.get("failed_shards") or error.get("root_cause") or ()
    first = next((each.get("reason", each) if isinstance(each, Mapping) else None for each in roots), None)
    return first if isinstance(first, Mapping) else error


def _short(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error)
    return " ".join(text.split())[:200]
