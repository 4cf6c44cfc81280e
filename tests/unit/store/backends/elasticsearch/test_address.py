"""Addresses of a cluster: what is taken, what is refused, and that no secret is shown."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sentinel.errors import ConfigError
from sentinel.store.backends.elasticsearch.address import parse_address


def test_several_hosts_and_a_namespace() -> None:
    address = parse_address("elasticsearch+https://a:9201,b/plant_a")
    assert (address.hosts, address.namespace) == (("https://a:9201", "https://b:9200"), "plant_a")
    assert str(address) == "elasticsearch+https://a:9201,b:9200/plant_a"


@pytest.mark.parametrize(
    "text",
    ["https://a:9200", "elasticsearch+ftp://a", "elasticsearch+https://", "elasticsearch+https://a/Plant-A",
     "elasticsearch+https://me:secret@a:9200", "elasticsearch+https://a:port", "elasticsearch+http://10.0.0.5:9200"],
)  # fmt: skip
def test_others_are_refused(text: str) -> None:
    """Without TLS only on this host; and no word of a secret that stands where it should not."""
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    assert "secret" not in str(caught.value).replace("--store-secret", "")


def test_a_secret_is_in_no_text() -> None:
    address = parse_address("elasticsearch+http://localhost", secret="me:hunter2\n")
    assert "hunter2" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        ("me:pass:word", "Basic bWU6cGFzczp3b3Jk"),
        ("ApiKey aWQ6a2V5", "ApiKey aWQ6a2V5"),
        ("aWQ6a2V5", "ApiKey aWQ6a2V5"),
    ],
)
def test_who_we_are(secret: str, header: str) -> None:
    client = parse_address("elasticsearch+http://localhost", secret=secret).client()
    assert client._headers["authorization"] == header
    client.close()


def test_an_authority_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--store-ca"):
        parse_address("elasticsearch+https://a", tmp_path / "none.crt").client()


def test_requests_are_not_logged_one_by_one() -> None:
    """A log of every bulk request fills disks, and holds the drain up where nobody reads it."""
    assert not logging.getLogger("elastic_transport.transport").isEnabledFor(logging.WARNING)
