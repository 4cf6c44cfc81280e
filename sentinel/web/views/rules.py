"""Rules: what is loaded, what it finds, and how often it fires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from sentinel.model.alert import Domain, RuleRef, Severity, Stage
from sentinel.store.base import AlertFilter
from sentinel.web.gate import Reader, Shown
from sentinel.web.techniques import Technique, techniques

router = APIRouter()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, its techniques, and the number of its alerts."""

    rule: RuleRef
    techniques: Sequence[Technique]
    alerts: int


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The page and what it is narrowed to."""

    rows: Sequence[RuleRow]
    total: int
    q: str
    severity: str
    stage: str
    domain: str


@router.get("/rules")
def rules(
    request: Request, shown: Shown, visitor: Reader, q: str = "", severity: str = "", stage: str = "", domain: str = ""
) -> Response:
    """The rules, the worst first."""
    loaded = shown.distinct_rules()
    counts = shown.store.alert_counts(AlertFilter()).get("rule", {})
    kept = [rule for rule in loaded if _wanted(rule, q, severity, stage, domain)]
    ordered = sorted(kept, key=lambda rule: (-rule.severity.rank, rule.slug))
    rows = [RuleRow(rule, techniques(rule.tags), counts.get(rule.slug, 0)) for rule in ordered]
    page = RulesPage(rows, len(loaded), q, *(_known(severity, Severity), _known(stage, Stage), _known(domain, Domain)))
    return shown.respond(request, visitor, "rules.html", page)


def _known(value: str, kind: type[Severity | Stage | Domain]) -> str:
    return value if value in {member.value for member in kind} else ""


def _wanted(rule: RuleRef, q: str, severity: str, stage: str, domain: str) -> bool:
    text = " ".join((rule.slug, rule.title, rule.title_zh, rule.description, rule.description_zh, *rule.tags)).lower()
    return (
        all(word in text for word in q.lower().split())
        and severity in {"", rule.severity.value}
        and (not stage or stage in {s.value for s in rule.stages})
        and domain in {"", rule.domain.value}
    )
