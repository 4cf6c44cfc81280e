"""A keeper of an audit log, with a register of keys beside it whose records go elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select

from sentinel.audit.anchor import Anchor
from sentinel.audit.keeper import Keeper
from sentinel.keys.audit_keys import AuditKeys
from sentinel.model.audit import Act, Action
from sentinel.store.control import ControlDatabase, KeyRoot
from tests.auditing import Kept


class Keeping(Keeper):
    """It lets go of the register with the log."""

    def __init__(
        self, folder: Path, keys: Path, anchors: Sequence[Anchor] = (), tell: Callable[[str], object] = lambda _: None
    ) -> None:
        self.acts = Kept()
        self._control = registered(folder, self.acts)
        try:
            super().__init__(folder, keys, AuditKeys(self._control), anchors, tell=tell)
        except BaseException:
            self._control.close()
            raise

    def close(self) -> None:
        """See `Keeper.close`."""
        super().close()
        self._control.close()


def registered(folder: Path, acts: Kept) -> ControlDatabase:
    """A register with a root, beside a log."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    control = ControlDatabase(f"sqlite:///{folder.parent / 'register.db'}", acts)
    with control.begin() as session:
        if session.scalars(select(KeyRoot)).first() is None:
            session.tell(Act(Action.KEY_CHANGED, "root", "root"))
            session.add(KeyRoot(kind="file", salt=b"", rounds=0, proof=b"", created=0.0))
    return control
