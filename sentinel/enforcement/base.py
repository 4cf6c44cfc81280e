"""What an enforcement point is: it carries out commands of the policy administrator, takes them back, and says what came of it.

Nobody calls one but the policy administrator, which asks the safety interlock first. A point asks again all the same, by
`Command.cleared`: what cuts a safety-critical session without two persons is refused here, whoever sends it.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from sentinel.model.enforcement import Command, Outcome, State, Verb

_LOG = logging.getLogger(__name__)
_SILENT = "the enforcement point said nothing about it"
_Act = Callable[[Sequence[Command]], Sequence[Outcome]]


class EnforcementPoint(ABC):
    """One enforcement point, by name. `apply` and `undo` block, never raise, and may be called from any thread.

    Commands come in batches, and each has one outcome, in their order: `sent`, `acked` or `failed`. The same command
    twice is once, and so is its undoing; the undoing of what was never applied, or has ended by itself, is `acked`.
    What the point was told ends after the command's `ttl` without another word, also if nobody of us lives then.
    """

    kind: ClassVar[str]
    verbs: ClassVar[frozenset[Verb]]  # what it can be told; another verb's outcome is `failed`

    def __init__(self, name: str, clock: Callable[[], int] = time.time_ns) -> None:
        self.name = name
        self._clock = clock

    def apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Carry them out."""
        refused = [self._refused(command) for command in commands]
        able = [each for each, reason in zip(commands, refused, strict=True) if not reason]
        done = self._tried(self._apply, able)
        return [
            self.failed(each, reason) if reason else done.get(each.id) or self.failed(each, _SILENT)
            for each, reason in zip(commands, refused, strict=True)
        ]

    def undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Take them back: as it would be now, had they never been given."""
        done = self._tried(self._undo, commands)
        return [done.get(each.id) or self.failed(each, _SILENT) for each in commands]

    def close(self) -> None:  # noqa: B027  # most hold nothing
        """Let go of sockets and the like; what was told holds on."""

    @abstractmethod
    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Carry out what this point can; may raise."""

    @abstractmethod
    def _undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        """Take back; may raise."""

    def acked(self, command: Command, detail: str = "") -> Outcome:
        """The point took it."""
        return Outcome(command.id, self.name, State.ACKED, self._clock(), detail)

    def failed(self, command: Command, detail: str) -> Outcome:
        """It did not."""
        return Outcome(command.id, self.name, State.FAILED, self._clock(), detail)

    def _refused(self, command: Command) -> str:
        if command.verb not in self.verbs:
            return f"this point cannot `{command.verb}`; expected one of {', '.join(sorted(self.verbs))}"
        if command.ttl <= 0:
            return "the command has no time to live; expected seconds"
        return "" if command.cleared else "a safety-critical session is cut by two persons only; expected two approvals"

    def _tried(self, act: _Act, commands: Sequence[Command]) -> Mapping[str, Outcome]:
        """Outcomes by the id of their command."""
        try:
            found = act(commands) if commands else ()
        except Exception as error:  # noqa: BLE001  # whatever broke, these commands are not carried out
            _LOG.error("%s: commands could not be carried out: %s", self.name, error)
            found = [self.failed(each, f"{type(error).__name__}: {error}") for each in commands]
        return {outcome.command: outcome for outcome in found}
