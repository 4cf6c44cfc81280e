"""A look at the control database, wherever it is, that changes nothing and needs no table to be there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from sentinel.errors import StoreError

_SQLITE = "sqlite:///"


class Glance:
    """What can be read there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, table: str) -> bool:
        """Whether there is such a table: an earlier version made fewer."""
        return inspect(self._connection).has_table(table)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self._connection.execute(text(sql))]


@contextmanager
def glance(url: str) -> Iterator[Glance]:
    """Look at the database of a URL; raises `StoreError` that names it."""
    path = url.removeprefix(_SQLITE)
    engine = create_engine(f"{_SQLITE}file:{path}?mode=ro&uri=true" if url.startswith(_SQLITE) else url)
    try:
        with engine.connect() as connection:
            yield Glance(connection)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreError(f"`{path}` cannot be read: {why}") from error
    finally:
        engine.dispose()
