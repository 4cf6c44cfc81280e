"""Templates: types that every cluster has, and nothing that is guessed."""

from __future__ import annotations

from typing import Any

from sentinel.pipeline import FIELDS
from sentinel.store.backends.elasticsearch import mappings

EVERYWHERE = {"keyword", "long", "double", "boolean", "ip", "date_nanos", "text"}


def _properties() -> list[dict[str, Any]]:
    parts = [part["mappings"] for part in mappings.components(FIELDS).values() if "mappings" in part]
    assert all(part["dynamic"] is False and part["subobjects"] is False for part in parts)
    return [each for part in parts for each in part["properties"].values()]


def test_types_are_those_of_every_cluster() -> None:
    assert {each["type"] for each in _properties()} <= EVERYWHERE


def test_every_field_of_the_catalogue_is_mapped() -> None:
    mapped = mappings.components(FIELDS)["sentinel-fields"]["mappings"]["properties"]
    assert FIELDS.keys() <= mapped.keys()


def test_every_template_is_made_of_parts_that_are_there() -> None:
    parts = mappings.components(FIELDS).keys()
    for template in mappings.templates(1).values():
        assert set(template["composed_of"]) <= parts


def test_a_field_below_a_value_is_not_copied() -> None:
    """The cluster would refuse the template."""
    copied = mappings.copied(mappings.known(FIELDS))
    assert "fiveg.suci" in copied
    assert not {"fiveg.suci.scheme", "fiveg.nas.ciphered", "event.id"} & copied
