"""A real PostgreSQL for tests: one that is named (SENTINEL_TEST_POSTGRESQL), or Debian's, in a folder that goes with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path

from sqlalchemy import create_engine

GIVEN = "SENTINEL_TEST_POSTGRESQL"
MISSING = f"no PostgreSQL: its server is not below /usr/lib/postgresql, and {GIVEN} names none (postgresql+psycopg://…)"


def programs() -> Path | None:
    """Where initdb and postgres are."""
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


class Server:
    """A server on a socket in a folder; nobody else can reach it."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self._folder = folder
        self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(folder, "nobody", "nogroup")
        data = str(folder / "data")
        self._run([str(binaries / "initdb"), "-D", data, "-U", "sentinel", "-A", "trust", "--no-sync", "-E", "UTF8"])
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        self._stop = [str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop"]
        self._run([str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"])
        self.url = f"postgresql+psycopg://sentinel@/postgres?host={folder}"

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, **self._as)  # type: ignore[call-overload]  # options of Popen

    def stop(self) -> None:
        """End it."""
        self._run(self._stop)


def database(server: str) -> str:
    """The URL of a new, empty database there."""
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)
