"""Templates in a cluster: put there once, and by those who may."""

from __future__ import annotations

import pytest

from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.address import Address
from sentinel.store.backends.elasticsearch.install import install, installed, version


@pytest.mark.elasticsearch
def test_installing_twice_is_installing_once(elasticsearch: Address) -> None:
    client = elasticsearch.client()
    install(client, FIELDS)
    installed(client, FIELDS)
    assert version(client) == mappings.VERSION
    client.close()
