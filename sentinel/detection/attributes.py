"""Our own attributes of a rule document, under `sentinel:`; Sigma 2.1 allows such, and other tools pass over them.

`first_seen` (only what is new), `absence` (what did not follow), `blind`, `flood` and `risk` (how an alert is told),
`unseen` (what a mirror cannot show of it), and of a filter who owns it, why, and until when.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sentinel.detection.draft import Draft, Language
from sentinel.detection.rule import FLOOD, Blind, CorrelationType, FirstSeen, Suppression
from sentinel.detection.schema import Problems
from sentinel.detection.source import Located

_FIRST_SEEN = ("fields", "per", "learning", "within")
_MOST_FLOOD = 100_000
_HIGHEST_RISK = 100
_OF_FILTERS = ("reason", "reason_zh", "owner", "expires")
_OF_CORRELATIONS = ("absence",)
_OF_RULES = ("first_seen",)
_NEEDED_OF_FILTERS = ("reason", "owner", "expires")


def misplaced(draft: Draft) -> None:
    """Note attributes that say nothing in a document of this kind."""
    wrong = {
        "detection": (*_OF_FILTERS, *_OF_CORRELATIONS),
        "correlation": _OF_FILTERS,
        "filter": (*_OF_CORRELATIONS, *_OF_RULES),
    }
    for name in wrong.get(draft.kind, ()):
        if name in draft.own:
            draft.problems.add(
                f"`sentinel.{name}` says nothing in a {draft.kind}", draft.node.line_at("sentinel", name)
            )


def first_seen(draft: Draft, language: Language) -> FirstSeen | None:
    """Which combination of fields has to be new, if the document asks for that."""
    node = draft.own.get("first_seen")
    if node is None:
        return None
    problems = draft.problems
    body = problems.mapping(node, "`first_seen`", node.line)
    problems.known_keys(node, _FIRST_SEEN, "`first_seen`")
    if "fields" not in body:
        problems.add("`fields` is missing in `first_seen`", node.line)
    fields, per = (_names(draft, body.get(name), language) for name in ("fields", "per"))
    learning, within = (_span(problems, body.get(name), name) for name in ("learning", "within"))
    default = FirstSeen(fields, per)
    return FirstSeen(
        fields,
        per,
        default.learning if learning is None else learning,
        default.within if within is None else within,
    )


def _names(draft: Draft, node: Located | None, language: Language) -> tuple[str, ...]:
    return tuple(
        str(one.value) if str(one.value) in draft.grouped else draft.field(one, "field", language)
        for one in (node.items if node else ())
    )


def _span(problems: Problems, node: Located | None, what: str) -> int | None:
    if node is None:
        return None
    return 0 if node.value == "0s" else problems.timespan(node, what)


def absence(draft: Draft, kind: CorrelationType) -> bool:
    """Whether a correlation waits for what does not come; `sentinel.absence` names the rule that is missed."""
    node = draft.own.get("absence")
    if node is None:
        return False
    references = [str(one.value) for one in draft.references()]
    if draft.problems.text(node, "`absence`") != (references[-1] if references else ""):
        draft.problems.add("`absence` names what does not come, expected the last rule in `rules`", node.line)
    if kind is CorrelationType.EVENT_COUNT:
        if len(references) != 1 or draft.bounds() != {"lt": 1}:
            draft.problems.add("silence needs one rule and the condition `lt: 1`", node.line)
    elif kind is not CorrelationType.TEMPORAL_ORDERED:
        draft.problems.add("`absence` goes with `temporal_ordered`, or with `event_count` for silence", node.line)
    return True


def blind(problems: Problems, node: Located | None, *, absent: bool) -> Blind:
    """What becomes of alerts while the mirror is blind: what is missed then is unconfirmed."""
    found = problems.choice(node, Blind, "`blind`") if node else None
    return found or (Blind.UNCONFIRMED if absent else Blind.CONFIRMED)


def flood(problems: Problems, node: Located | None) -> int:
    """How many entities have alerts of their own within the rule's window."""
    return FLOOD if node is None else _whole(problems, node, "`flood`", 1, _MOST_FLOOD)


def risk(problems: Problems, node: Located | None) -> int | None:
    """What an alert adds to the risk of its entity, where that is not to follow from the level."""
    return None if node is None else _whole(problems, node, "`risk`", 0, _HIGHEST_RISK)


def _whole(problems: Problems, node: Located, what: str, low: int, high: int) -> int:
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    problems.add(f"`{node.plain()}` is no {what}, expected a whole number from {low} to {high}", node.line)
    return low


def suppression(draft: Draft, rules: tuple[str, ...]) -> Suppression:
    """Why a filter suppresses, whose it is, and until when; a filter that does not say so is refused."""
    problems, own = draft.problems, draft.own
    for name in _NEEDED_OF_FILTERS:
        if name not in own:
            line = draft.node.line_at("sentinel")
            problems.add(f"`sentinel.{name}` is missing, every filter needs a reason, an owner and an expiry", line)
    said = {name: problems.text(own[name], f"`{name}`") for name in ("reason", "owner") if name in own}
    expires = _expiry(problems, own["expires"]) if "expires" in own else 0
    title = str(draft.body["title"].plain()) if "title" in draft.body else ""
    return Suppression(
        title, said.get("reason", ""), said.get("owner", ""), expires, rules, problems.path, draft.node.line
    )


def _expiry(problems: Problems, node: Located) -> int:
    """The moment (ns) of `2027-01-31`, which is the end of that day in UTC, or of `2027-01-31T12:00:00Z`."""
    text = str(node.value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.add(f"`{text}` is no date, expected such as `2027-01-31`", node.line)
        return 0
    if len(text) <= len("2027-01-31"):
        moment += timedelta(days=1)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000
