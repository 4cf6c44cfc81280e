"""Bearer tokens: 256 random bits; stores keep only a hash, forms carry only a derivative."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """A fresh token, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What a store keeps of a token; a token has full entropy, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(secret: str) -> str:
    """The anti-forgery token of whoever holds `secret` (a session token or a visitor's cookie)."""
    return hmac.new(secret.encode(), b"sentinel form", hashlib.sha256).hexdigest()


def same_token(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
