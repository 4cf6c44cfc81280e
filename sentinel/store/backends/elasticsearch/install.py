"""Templates in the cluster: put there once, made newer when ours are, left alone when they are newer than ours."""

from __future__ import annotations

from collections.abc import Mapping

from elasticsearch import AuthorizationException, Elasticsearch

from sentinel.errors import StoreError
from sentinel.model.fields import FieldSpec
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.failures import translated


def version(client: Elasticsearch) -> int:
    """Of the templates that are there; 0 if one is missing."""
    names = mappings.templates().keys()
    with translated():
        found = client.options(ignore_status=404).indices.get_index_template(name="sentinel-*")
    there = {each["name"]: each["index_template"].get("version", 0) for each in found.get("index_templates", ())}
    return min((int(there.get(name, 0)) for name in names), default=0)


def installed(client: Elasticsearch, catalogue: Mapping[str, FieldSpec]) -> None:
    """See that the templates are there; raises `StoreError` where they are not and we may not put them there."""
    if version(client) >= mappings.VERSION:
        return
    try:
        install(client, catalogue)
    except StoreError as error:
        if isinstance(error.__cause__, AuthorizationException):
            raise StoreError(
                "elasticsearch: its templates are missing or older, and our account may not put them there; "
                "run `sentinel store init` with one that may (deploy/elastic)"
            ) from error
        raise


def install(client: Elasticsearch, catalogue: Mapping[str, FieldSpec]) -> None:
    """Put the templates there, whatever there is."""
    with translated():
        for name, body in mappings.components(catalogue).items():
            client.cluster.put_component_template(name=name, template=body, version=mappings.VERSION)
        for name, body in mappings.templates().items():
            renamed = {("meta" if key == "_meta" else key): value for key, value in body.items()}
            client.indices.put_index_template(name=name, **renamed)
