"""What tests share: one Elasticsearch for all that need one."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.store.backends.elasticsearch.address import SCHEME, Address, parse_address
from tests import elastic
from tests import postgresql as pg
from tests.closing import closing_all


def pytest_configure() -> None:
    """A thousand open files and no more, so that a test that leaves them open is told: libnftables ends a process that has more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Nothing that a test opened stays open behind it; what fixtures of a module or session open is theirs."""
    os.umask(0o022)  # a command that ran in this process may have narrowed it
    with closing_all():
        yield


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Address]:
    """A cluster of our own, killed at the end, or the one that SENTINEL_TEST_ELASTICSEARCH names."""
    if given := os.environ.get(elastic.GIVEN):
        scheme, _, rest = given.partition("://")
        secret, _, place = rest.rpartition("@")
        ca = os.environ.get(f"{elastic.GIVEN}_CA")
        yield parse_address(f"{SCHEME}{scheme}://{place}", Path(ca) if ca else None, secret)
        return
    folder = Path(tempfile.mkdtemp(prefix="sentinel-elasticsearch-"))
    folder.chmod(0o755)
    nodes: list[elastic.Node] = []
    try:
        count = int(os.environ.get(elastic.NODES, "1"))
        nodes += elastic.cluster(folder, os.environ.get(elastic.VERSION, "9"), count)
        yield parse_address(f"{SCHEME}{nodes[0].url}", nodes[0].ca, f"{elastic.USER}:{elastic.PASSWORD}")
    except elastic.Missing as missing:
        pytest.skip(str(missing))
    finally:
        for node in nodes:
            node.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL: one of our own, or the one that SENTINEL_TEST_POSTGRESQL names."""
    if given := os.environ.get(pg.GIVEN):
        yield given
        return
    binaries = pg.programs()
    if binaries is None:
        pytest.skip(pg.MISSING)
    folder = Path(tempfile.mkdtemp(prefix="sentinel-postgresql-"))
    server = pg.Server(folder, binaries)
    yield server.url
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def control_url(request: pytest.FixtureRequest) -> str:
    """An empty control database, on either."""
    return "sqlite://" if request.param == "sqlite" else pg.database(request.getfixturevalue("postgresql"))
