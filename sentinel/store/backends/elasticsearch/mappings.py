"""What is mapped how: types that every cluster has, each field of the catalogue, nothing by guess.

Documents are flat (`subobjects: false`), because `fiveg.suci` is a value and `fiveg.suci.scheme` another. What a field
cannot index stays in the document, and `_ignored` names the field, so that a query finds it all the same (`dsl.py`).

Words and phrases may stand anywhere in a value. So all values are indexed as their parts of four characters, with the
places of these: what has the parts of a text one behind the other has the text (`grams`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentinel.model.fields import FieldSpec, FieldType
from sentinel.store.query import UNSEARCHED

_FORM = 3  # of all that stands here but the fields
LONGEST = 8191  # characters of a term: Lucene takes 32766 octets
WORDS = "sentinel.words"  # all values that words and phrases are looked for in, in parts
GRAM = 4  # characters of a part; a shorter text is the beginning of one
PAD = "\uffff"  # behind a value, so that parts begin at its last characters, too; no character
ANALYZER = "sentinel-grams"
TEXT = "sentinel.text"  # values that the mapping does not copy to `WORDS`; in indices of an earlier version all values
ARRIVED = "sentinel.arrived"  # the order in which events came
DATASET = "event.dataset"
META = "sentinel"
_PRIORITY = 500  # above that of Elastic's own `logs-*-*`

Mapping_ = dict[str, Any]

ALERT_FIELDS: Mapping[str, FieldSpec] = {
    name: FieldSpec(FieldType.KEYWORD, name, name)
    for name in ("rule.name", "rule.id", "rule.title", "rule.title_zh", "rule.version", "tags", "log.level", "message")
}
BASE_FIELDS: Mapping[str, FieldSpec] = {
    "event.id": FieldSpec(FieldType.KEYWORD, "id", "标识"),
    "event.kind": FieldSpec(FieldType.KEYWORD, "event or alert", "事件或告警"),
    "event.provider": FieldSpec(FieldType.KEYWORD, "source", "来源"),
    "event.sequence": FieldSpec(FieldType.LONG, "packet number", "包序号"),
}


def ours(name: str) -> bool:
    """Whether a field of a document is none that came with it, but one that we add; nobody else sees or finds it."""
    return name == DATASET or name.startswith("sentinel.")


def version(catalogue: Mapping[str, FieldSpec]) -> int:
    """Of the templates: a cluster with a lower one is brought up, one with a higher one is left alone. Fields only grow."""
    return _FORM * 100_000 + len(known(catalogue))


def meta(catalogue: Mapping[str, FieldSpec]) -> Mapping_:
    """What an index says of the version of its fields, to everybody who may use it."""
    return {META: version(catalogue)}


def known(catalogue: Mapping[str, FieldSpec]) -> dict[str, FieldSpec]:
    """All fields that documents have."""
    return {**BASE_FIELDS, **ALERT_FIELDS, **catalogue}


def copied(fields: Mapping[str, FieldSpec]) -> frozenset[str]:
    """Fields that the mapping copies to `WORDS`; texts of others go to `TEXT` with the document, or are not looked for.

    Elasticsearch takes a field below one that is a value itself for a part of that, and copies none of those.
    """
    return frozenset(
        name
        for name, spec in fields.items()
        if spec.type is not FieldType.BOOLEAN and name not in UNSEARCHED and name.rpartition(".")[0] not in fields
    )


def _property(spec: FieldSpec, *, copy: bool) -> Mapping_:
    searched = {"copy_to": WORDS} if copy else {}
    match spec.type:
        case FieldType.KEYWORD:
            return {"type": "keyword", "ignore_above": LONGEST, **searched}
        case FieldType.BOOLEAN:
            return {"type": "boolean"}
        case kind:
            return {"type": kind.value, "ignore_malformed": True, **searched}


def _keyword() -> Mapping_:
    return {"type": "keyword", "ignore_above": LONGEST}


def _mappings(properties: Mapping[str, Mapping_]) -> Mapping_:
    return {"dynamic": False, "subobjects": False, "date_detection": False, "properties": dict(properties)}


def _fields(catalogue: Mapping[str, FieldSpec]) -> Mapping_:
    fields = known(catalogue)
    searched = copied(fields)
    return {
        **{name: _property(spec, copy=name in searched) for name, spec in fields.items()},
        TEXT: {**_keyword(), "copy_to": WORDS}, DATASET: _keyword(),
        WORDS: {"type": "text", "analyzer": ANALYZER, "search_analyzer": f"{ANALYZER}-asked", "norms": False},
    }  # fmt: skip


def analysis() -> Mapping_:
    """How a value, and a text that is asked for, fall into parts; case is ignored of a to z, as everywhere in a query."""
    letters = [f"{chr(each)}=>{chr(each).lower()}" for each in range(ord("A"), ord("Z") + 1)]
    padded = {"type": "pattern_replace", "pattern": r"\z", "replacement": PAD * (GRAM - 1)}
    asked = {"type": "custom", "tokenizer": ANALYZER, "char_filter": ["sentinel-case"]}
    return {
        "char_filter": {"sentinel-case": {"type": "mapping", "mappings": letters}, "sentinel-end": padded},
        "tokenizer": {ANALYZER: {"type": "ngram", "min_gram": GRAM, "max_gram": GRAM}},
        "analyzer": {ANALYZER: {**asked, "char_filter": ["sentinel-case", "sentinel-end"]}, f"{ANALYZER}-asked": asked},
    }


def components(catalogue: Mapping[str, FieldSpec]) -> dict[str, Mapping_]:
    """Component templates, by name."""
    settings = {
        "index.mode": "standard",  # documents come back as they were given
        "index.number_of_shards": 1, "index.auto_expand_replicas": "0-1", "index.refresh_interval": "1s",
        "index.mapping.total_fields.limit": 5000, "index.max_result_window": 10_000,
    }  # fmt: skip
    working = {
        **{f"sentinel.alert.{name}": _keyword() for name in ("id", "rule")},
        **{
            f"sentinel.alert.{name}": {"type": "long"}
            for name in ("first", "last", "count", "severity", "written", "owing")
        },
        **{f"sentinel.alert.{name}": _unsearched() for name in ("whole", "history", "owed")},
    }
    triage = {
        **{f"sentinel.alert.{name}": _keyword() for name in ("state", "reason", "assignee")},
        "sentinel.alert.version": {"type": "long"},
    }
    moment = {"@timestamp": {"type": "date_nanos"}}
    refused = {name: _keyword() for name in ("event.id", "event.action", "error.type", DATASET)}
    audit = {
        name: _keyword() for name in ("event.action", "event.outcome", "user.name", "sentinel.audit.target", DATASET)
    }
    return {
        "sentinel-settings": {"settings": settings},
        "sentinel-fields": {
            "settings": {"index.analysis": analysis()},
            "mappings": {**_mappings(_fields(catalogue)), "_meta": meta(catalogue)},
        },
        "sentinel-event": {"mappings": _mappings({**moment, ARRIVED: {"type": "long"}})},
        "sentinel-working": {"mappings": _mappings(working)},
        "sentinel-triage": {"mappings": _mappings(triage)},
        "sentinel-refused": {
            "mappings": _mappings({**moment, **refused, "error.message": _unsearched(), "sentinel.document": _unsearched()})
        },
        "sentinel-audit": {
            "mappings": _mappings({**moment, **audit, "event.sequence": {"type": "long"}, "sentinel.audit.record": _unsearched()})
        },
    }  # fmt: skip


def _unsearched() -> Mapping_:
    return {"type": "keyword", "index": False, "doc_values": False}


def templates(number: int) -> dict[str, Mapping_]:
    """Index templates, by name: data streams, and the ordinary index of alerts that people work on."""
    made = {
        "sentinel-event": _template("logs-sentinel.event-*", "sentinel-fields", "sentinel-event"),
        "sentinel-alert": _template("logs-sentinel.alert-*", "sentinel-fields", "sentinel-event", "sentinel-triage"),
        "sentinel-dead-letter": _template("logs-sentinel.dead_letter-*", "sentinel-refused"),
        "sentinel-audit": _template("logs-sentinel.audit-*", "sentinel-audit"),
        "sentinel-alerts": _template(
            "sentinel-alerts-*", "sentinel-fields", "sentinel-working", "sentinel-triage", stream=False
        ),
    }
    return {name: {**body, "version": number} for name, body in made.items()}


def _template(pattern: str, *parts: str, stream: bool = True) -> Mapping_:
    return {
        "index_patterns": [pattern],
        "priority": _PRIORITY,
        "composed_of": ["sentinel-settings", *parts],
        "_meta": {"description": "sentinel store init"},
        **({"data_stream": {}} if stream else {}),
    }
