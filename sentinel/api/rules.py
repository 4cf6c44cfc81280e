"""Rules: what is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException

from sentinel.api.parts import Reader, Using
from sentinel.model.alert import RuleRef

router = APIRouter(prefix="/rules", tags=["rules"])


@router.get("")
def list_rules(caller: Reader, using: Using) -> Sequence[RuleRef]:
    """The rules loaded now, by slug."""
    return sorted(using.rules.rules, key=lambda rule: rule.slug)


@router.get("/{slug}")
def get_rule(slug: str, caller: Reader, using: Using) -> RuleRef:
    """One rule."""
    for rule in using.rules.rules:
        if rule.slug == slug:
            return rule
    raise HTTPException(404, "there is no such rule")
