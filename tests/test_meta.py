"""What must hold for the project as a whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Mapping
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
TAKES = "it reads packets or Events of collectors, or cuts them out of their ring"
EXEMPT: Mapping[str, Mapping[str, tuple[str, ...]]] = {  # by contract and reason, who does not stand in it
    "The collectors know the vocabulary only": {"it is the vocabulary": ("errors", "model")},
    "Only the pipeline feeds from collectors": {
        TAKES: ("collect", "evidence", "pipeline", "sources", "worker"),
    },
    "Web frameworks in the doors only": {
        "it is a door": ("api", "web"),
        "it stands in front of one": ("door",),
        "it starts the door": ("service",),
    },
    "Traffic generators in drill and sources only": {"it makes traffic": ("drill",)},
    "Cryptographic packages in crypto only": {"it is where they belong": ("crypto",)},
    "Elasticsearch's client in its store backend only": {"it holds the backend": ("store",)},
    "RADIUS is spoken by enforcement points only": {"it holds the points": ("enforcement",)},
    "Casbin judges in access, and roles in accounts": {"it judges": ("access", "accounts")},
}  # fmt: skip


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


@pytest.mark.parametrize("name", EXEMPT)
def test_every_part_stands_in_each_fence_or_is_exempt_with_a_reason(name: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["name"] == name]
    fenced = contract["forbidden_modules" if contract["source_modules"] == ["collectors"] else "source_modules"]
    exempt = [f"sentinel.{part}" for parts in EXEMPT[name].values() for part in parts]
    parts = sorted(info.name for info in pkgutil.iter_modules(sentinel.__path__, "sentinel."))
    assert sorted({*fenced, *exempt} - {"collectors"}) == parts
    assert not set(fenced) & set(exempt)


def test_every_contract_that_fences_parts_off_is_looked_at() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    names = {each["name"] for each in contracts if each["type"] == "forbidden"}
    few = {"The vocabulary stands alone", "Of the collectors, one source sniffs with scapy"}  # about those they name
    assert names == few | set(EXEMPT)
