"""The service with its control data in PostgreSQL: people, sessions and policies are there again after a restart."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from sentinel.cli import commands
from sentinel.errors import ConfigError
from tests import postgresql as pg
from tests.e2e.test_service import TRACE, answers, free_port, service, until

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.skipif(pg.programs() is None, reason=pg.MISSING)


@pytest.fixture
def url(postgresql: str) -> str:
    """An empty database, as it is written behind --control-database."""
    return pg.database(postgresql).replace("postgresql+psycopg://", "postgresql://", 1)


class Program:
    """A program at the API of a running service."""

    def __init__(self, port: int, token: str = "") -> None:
        self._base, self._token = f"http://127.0.0.1:{port}/api/v1/", token

    def ask(self, path: str, **body: object) -> Mapping[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        octets = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(self._base + path, octets, headers), timeout=30) as answer:
            said: Mapping[str, Any] = json.load(answer)
            return said


def logged_in(port: int) -> Program:
    return Program(port, str(Program(port).ask("session", name="li", password=PASSWORD)["token"]))


@contextlib.contextmanager
def running(data: Path, url: str) -> Iterator[tuple[int, str]]:
    """The port of the service, and its set-up token where it gave one."""
    port = free_port()
    with service(data, "--capture", str(TRACE), "--control-database", url, port=port) as process:
        assert process.stdout is not None
        until(lambda: answers(port), 90)
        token = ""
        if not (data / "asked").exists():
            (data / "asked").touch()
            for line in process.stdout:
                if found := re.search(r"Set-up token.*: (\S+)", line):
                    token = found[1]
                    break
        yield port, token


def test_people_and_triage_outlive_a_restart(tmp_path: Path, url: str) -> None:
    """Nothing of it is in the data folder; commands and the doctor find it where the service noted that it is."""
    with running(tmp_path, url) as (port, token):
        Program(port).ask("setup", name="li", password=PASSWORD, token=token)
        program = logged_in(port)
        until(lambda: program.ask("alerts")["rows"])
        row = program.ask("alerts")["rows"][0]
        path = f"alerts/{row['alert']['event.id']}"
        program.ask(f"{path}/triage", version=row["triage"]["version"], state="acknowledged")
    with running(tmp_path, url) as (port, _):
        found = logged_in(port).ask(path)["triage"]
        assert (found["state"], found["assignee"]) == ("acknowledged", "li")
    assert not (tmp_path / "control.db").exists()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name, role FROM users")).all() == [("li", "administrator")]
    engine.dispose()
    _commands_follow(tmp_path)


def _commands_follow(data: Path) -> None:
    """Without being told the URL again; a service that is not told says where its data is."""

    def said(*words: str) -> str:
        return CliRunner().invoke(commands, [*words, "--data", str(data)], catch_exceptions=False).output

    assert "li" in said("user", "list")
    assert "alone: li (" in said("doctor", "--language", "en")
    with pytest.raises(ConfigError, match="--control-database"):
        said("run", "--listen", f"127.0.0.1:{free_port()}")
