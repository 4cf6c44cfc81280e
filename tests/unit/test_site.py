"""The site plan: read whole, or refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.config import shipped
from sentinel.errors import SiteError
from sentinel.site import load_site


def written(folder: Path, text: str, **tables: str) -> Path:
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(table, encoding="utf-8")
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["site-demo", "site-lab"])
def test_the_examples_load(name: str) -> None:
    plan = load_site(shipped("deploy/examples") / name / "site.yaml")
    assert plan.plmns == ("99970",)
    assert plan.functions["10.11.2.10"] == "amf1"


def test_numbers_that_are_names_stay_names(tmp_path: Path) -> None:
    plan = load_site(written(tmp_path, "site: a\nplmns: [99970]\ntacs: [1]\ngnbs: [{id: 7, n2: [10.0.0.1]}]\n"))
    assert (plan.plmns, plan.tacs, plan.gnbs[0].id) == (("99970",), ("1",), "7")


def test_tables_are_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "site: a\nterminals: terminals.csv\nassets: assets.csv\n",
        terminals="\ufeffsupi,ip\n999700000000001,10.45.0.2\n",
        assets="address,role\n10.0.0.1,dns\n",
    )
    plan = load_site(path)
    assert plan.terminals[0].ip == "10.45.0.2"
    assert plan.asset_addresses == {"10.0.0.1"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("site: a\nplmns: [12]\n", 2, "plmns"),
        ("site: a\ngnbs:\n  - {id: 1}\n  - {id: one}\n", 4, "gnbs.1.id"),
        ("site: a\nue_pools:\n  - 10.45.0.0/16\n  - nowhere\n", 4, "ue_pools.1"),
        ("site: a\nfoo: 1\n", 2, "foo"),
        ("plmns: []\n", 1, "site"),
        ("- a\n", 1, "mapping"),
        ("site: [\n", 2, "not YAML"),
        ("", 1, "mapping"),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SiteError) as caught:
        load_site(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("table", "line", "says"),
    [
        ("supi,colour\n1,red\n", 1, "names the columns"),
        ("supi,ip\n999700000000001,10.0.0.1\nimsi-9,10.0.0.2\n", 3, "not a SUPI"),
        ("supi,ip\n1\n", 2, "expected 2 columns"),
        ("supi,ip\n1,2,3\n", 2, "expected 2 columns"),
    ],
)
def test_a_mistake_in_a_table_names_its_line(tmp_path: Path, table: str, line: int, says: str) -> None:
    with pytest.raises(SiteError, match=says) as caught:
        load_site(written(tmp_path, "site: a\nterminals: terminals.csv\n", terminals=table))
    assert caught.value.line == line


def test_files_that_are_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot be read"):
        load_site(tmp_path / "none.yaml")
    with pytest.raises(SiteError, match="cannot be read"):
        load_site(written(tmp_path, "site: a\nassets: none.csv\n"))


def test_permits_limits_and_networks_are_read(tmp_path: Path) -> None:
    plan = load_site(
        written(
            tmp_path,
            "site: a\npermits: permits.csv\nlimits: limits.csv\ntime_zone: UTC\n"
            "dnn_networks: {ot: [10.11.6.0/24]}\ncells: [{nci: '0x000000011', x: 0, y: 5}]\n",
            permits="writer,target,functions\n999700000000001,10.11.6.50,write\n",
            limits="target,register,most\n10.11.6.50,holding_register:1-9,100\n",
        )
    )
    assert (plan.permits[0].functions, plan.limits[0].most) == ("write", "100")
    assert (str(plan.dnn_networks["ot"][0]), plan.cells[0].y, plan.time_zone) == ("10.11.6.0/24", 5, "UTC")
    with pytest.raises(SiteError, match="time zone"):
        load_site(written(tmp_path, "site: a\ntime_zone: Mars\n"))


def test_a_plan_that_expands_without_end_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("site: " + "[" * 100_000)
    with pytest.raises(SiteError, match="nested too deeply"):
        load_site(path)
