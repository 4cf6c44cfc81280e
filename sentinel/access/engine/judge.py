"""Engine B: casbin rules on the candidates of the index; the verdict is casbin's own.

casbin reads its policy for every request, so that a judge belongs to one thread. It gets neither role manager nor
adapter: groups are expanded before, and nothing is ever reloaded under a request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import casbin
from casbin.model import Model
from casbin.util.expression import SimpleEval

from sentinel.access.engine import conditions
from sentinel.access.engine.rule import subjects, targets, verbs
from sentinel.model.access import Effect, Facts, Request, Resource, Subject

_SILENT = logging.getLogger(f"{__name__}.casbin")
_SILENT.setLevel(logging.CRITICAL + 1)  # it would print every denied request, with who asked


logging.getLogger("casbin.policy").setLevel(logging.WARNING)  # it would tell the whole model whenever one is made


_PARSING = threading.Lock()


class _Enforcer(casbin.Enforcer):  # type: ignore[misc]  # casbin ships no types
    """Parses its matcher once instead of for every request.

    That takes most of casbin's time; and Python before 3.12 may raise `SystemError` where two threads parse at once.
    """

    _parsed: SimpleEval | None = None

    def _get_expression(self, expr: str, functions: dict[str, Callable[..., bool]] | None = None) -> SimpleEval:
        if self._parsed is None:
            with _PARSING:
                self._parsed = super()._get_expression(expr, functions)
        return self._parsed


class Judge:
    """A casbin enforcer over whatever lines it is given."""

    def __init__(self, model: str) -> None:
        made = Model()
        made.load_model_from_text(model)
        self._enforcer = _Enforcer(made)
        self._enforcer.logger = _SILENT
        for name, function in _FUNCTIONS.items():
            self._enforcer.add_function(name, function)
        self._lines = made.model["p"]["p"]

    def allows(self, rows: Sequence[list[str]], request: Request) -> bool:
        """Casbin's verdict on these lines of policy."""
        self._lines.policy = rows
        return bool(
            self._enforcer.enforce(request.subject, request.site, request.resource, request.action, request.context)
        )


def _in_group(subject: Subject, wanted: str) -> bool:
    return not subjects(wanted).isdisjoint(subject.keys)


def _matches_resource(resource: Resource, wanted: str) -> bool:
    return bool(wanted) and any(each.matches(resource) for each in targets(wanted))


def _matches_action(action: str, wanted: str) -> bool:
    return bool(wanted) and action in verbs(wanted)


def _matches_condition(facts: Facts, wanted: str, effect: str) -> bool:
    if not wanted:
        return False  # casbin asks once with nothing where there is no policy at all
    known = Effect(effect)  # casbin passes over a rule whose effect it does not know, and so over a deny
    return all(conditions.holds(atom, facts, known) for atom in conditions.read(wanted))


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "inGroup": _in_group, "resMatch": _matches_resource, "actMatch": _matches_action, "condMatch": _matches_condition,
}  # fmt: skip
