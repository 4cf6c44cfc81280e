"""An auditor for tests: it keeps acts in a list, or refuses them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sentinel.errors import AuditError
from sentinel.model.audit import Act


@dataclass
class Kept:
    """Acts as they were handed over; with `full` none is taken any more."""

    acts: list[Act] = field(default_factory=list)
    full: bool = False

    def record(self, *acts: Act) -> None:
        """See `Auditor.record`."""
        if self.full:
            raise AuditError("the audit log is full")
        self.acts += acts

    def write(self, *acts: Act) -> None:
        """See `Auditor.write`."""
        self.record(*acts)
