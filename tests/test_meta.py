"""What must hold for the project as a whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import collectors
import sentinel
from sentinel.cli import commands
from sentinel.model.fields import CATALOGUE
from sentinel.state import FACTS

MODULES = [
    info.name
    for package in (sentinel, collectors)
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]
KIND = re.compile(r'"((?:ngap|nas|pfcp|gtpu|flow|sctp|ip|monitor)\.[a-z_]+)"')
ROOT = Path(sentinel.__file__).parent.parent


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports(name: str) -> None:
    assert importlib.import_module(name).__doc__ or name.startswith("collectors._decode")


def test_every_field_that_the_decoder_sets_is_in_the_catalogue() -> None:
    pattern = re.compile(r'"((?:fiveg|source|destination|network|event|tcp|icmp)\.[a-z0-9_.]+)"')
    sources = [path.read_text() for path in (ROOT / "collectors" / "decoder" / "src").rglob("*.rs")]
    named = {name for source in sources for name in pattern.findall(source)}
    kinds = {kind for source in sources for kind in re.findall(r'Message::new\("([a-z_.]+)"', source)}
    assert len(named) > 80
    assert named - kinds - set(CATALOGUE) == set()


def test_fields_have_one_owner() -> None:
    assert set(CATALOGUE) & set(FACTS) == set()


def test_every_command_is_in_both_readmes() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        missing = [command for command in commands.commands if f"sentinel {command}" not in text]
        assert missing == [], name


def test_every_runtime_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    listed = re.findall(r'^    "([a-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert "fastapi" in listed
    assert [name for name in listed if name not in text] == []


def test_nothing_is_fetched_from_elsewhere_by_the_pages() -> None:
    pages = [
        *(ROOT / "sentinel" / "web" / "templates").rglob("*.html"),
        *(ROOT / "sentinel" / "web" / "static").glob("*.css"),
    ]
    assert pages
    for page in pages:
        assert not re.search(r'(src|href|url)\s*[=(]\s*["\']?(https?:)?//', page.read_text(encoding="utf-8")), page


def test_alerts_are_changed_in_one_place() -> None:
    """The one that records it (`sentinel/operations/triage.py`); a door that calls the store would change them unrecorded."""
    sources = (
        path
        for path in (ROOT / "sentinel").rglob("*.py")
        if "_store.triage(" in (text := path.read_text("utf-8")) or ".store.triage(" in text
    )
    assert [str(path.relative_to(ROOT)) for path in sources] == ["sentinel/operations/triage.py"]
