"""Templates in the cluster: put there once, made newer when ours are, left alone when they are newer than ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticsearch import AuthorizationException, Elasticsearch

from sentinel.errors import StoreError
from sentinel.model.fields import FieldSpec
from sentinel.store.backends.elasticsearch import mappings
from sentinel.store.backends.elasticsearch.earlier import several
from sentinel.store.backends.elasticsearch.failures import translated

_WITHIN = 24 * 3600.0  # seconds in which all is indexed anew
OURS = {"sentinel-event": "logs-sentinel.event-*", "sentinel-alert": "logs-sentinel.alert-*",
        "sentinel-alerts": "sentinel-alerts-*"}  # fmt: skip
"""What has the fields of the catalogue, by template."""


def version(client: Elasticsearch, index: str) -> int:
    """Of the fields in our index of alerts, which is made last; 0 if it is not there."""
    with translated():
        found = client.options(ignore_status=404).indices.get_mapping(index=index)
    mapped = [each["mappings"] for each in found.body.values() if isinstance(each, Mapping) and "mappings" in each]
    return min((int(each.get("_meta", {}).get(mappings.META, 0)) for each in mapped), default=0)


def installed(client: Elasticsearch, index: str, catalogue: Mapping[str, FieldSpec]) -> None:
    """See that all is there, and not older than ours; raises `StoreError` where it is not and we may not mend it."""
    if version(client, index) >= mappings.version(catalogue):
        return
    try:
        install(client, catalogue)
        with translated():
            client.options(ignore_status=400).indices.create(index=index)  # it may be there
    except StoreError as error:
        if isinstance(error.__cause__, AuthorizationException):
            raise StoreError(
                "elasticsearch: its templates are missing or older, and our account may not put them there; "
                "run `sentinel store init` with one that may (deploy/elastic)"
            ) from error
        raise


def install(client: Elasticsearch, catalogue: Mapping[str, FieldSpec]) -> None:
    """Put the templates there, and their fields into what is there already, so that they hold from the next event on."""
    number, components = mappings.version(catalogue), mappings.components(catalogue)
    with translated():
        if _templates(client) > number:  # of a later version, which knows these fields too
            return
        for name, body in components.items():
            client.cluster.put_component_template(name=name, template=body, version=number)
        for name, body in mappings.templates(number).items():
            renamed = {("meta" if key == "_meta" else key): value for key, value in body.items()}
            client.indices.put_index_template(name=name, **renamed)
        _give_analysis(client)
        for name, pattern in OURS.items():
            for part in mappings.templates(number)[name]["composed_of"]:
                fields = components[part].get("mappings", {})
                client.options(ignore_status=404).indices.put_mapping(index=pattern, body=fields)


def _give_analysis(client: Elasticsearch) -> None:
    """Let indices of an earlier version take values apart as new ones do; what a stream writes to now has to be a new one."""
    patterns = list(OURS.values())
    there = client.indices.resolve_index(name=patterns, expand_wildcards="all").body
    lacking = [name for name in _backing(there) if not _has_analysis(client, name)]
    for stream in there["data_streams"]:
        if set(several(stream["backing_indices"])) & set(lacking):
            client.indices.rollover(alias=stream["name"])
    for name in lacking:
        client.indices.close(index=name)
        client.indices.put_settings(index=name, settings={"index.analysis": mappings.analysis()})
        client.indices.open(index=name)


def _backing(there: Mapping[str, Any]) -> list[str]:
    """The indices of what a cluster resolved, those behind its streams included."""
    behind = [name for each in there["data_streams"] for name in several(each["backing_indices"])]
    return [*behind, *(each["name"] for each in there["indices"] if each["name"] not in behind)]


def _has_analysis(client: Elasticsearch, index: str) -> bool:
    found = client.indices.get_settings(index=index, name="index.analysis.analyzer.*", flat_settings=True)
    return any(mappings.ANALYZER in setting for each in found.body.values() for setting in each["settings"])


def _templates(client: Elasticsearch) -> int:
    """The version of the templates; 0 if one is missing."""
    found = client.options(ignore_status=404).indices.get_index_template(name="sentinel-*")
    there = {each["name"]: each["index_template"].get("version", 0) for each in found.get("index_templates", ())}
    return min((int(there.get(name, 0)) for name in mappings.templates(0)), default=0)


def index_anew(client: Elasticsearch) -> int:
    """Index all documents anew, in place, so that fields are found that were not mapped when they came; how many."""
    count = 0
    with translated():
        for pattern in OURS.values():
            answer = client.options(request_timeout=_WITHIN).update_by_query(
                index=pattern, conflicts="proceed", refresh=True, allow_no_indices=True, ignore_unavailable=True
            )
            count += answer["updated"]
    return count
