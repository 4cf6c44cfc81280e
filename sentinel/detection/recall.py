"""Events as a restarted detection remembers them: what an alert says of them, not their frames."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.model.event import Event, Fields, PlainEvent, Value

USERS = ("fiveg.supi", "fiveg.suci")  # the second where the first is not known
ADDRESSES = (
    "source.ip", "destination.ip", "fiveg.pdu_session.ue_ip",
    "fiveg.gtpu.outer.source.ip", "fiveg.gtpu.outer.destination.ip",
)  # fmt: skip
HOSTS = ("fiveg.gnb.name", "fiveg.gnb.id", "fiveg.amf.name")
IDENTITY = (
    *USERS, "fiveg.pei", "fiveg.gpsi", "fiveg.guti", "fiveg.gnb.id", "fiveg.gnb.name", "fiveg.nci", "fiveg.tac",
    "fiveg.plmn", "fiveg.dnn", "fiveg.snssai.sst", "fiveg.snssai.sd", "fiveg.amf_ue_ngap_id", "fiveg.ran_ue_ngap_id",
)  # fmt: skip
KEPT = tuple(dict.fromkeys((*IDENTITY, *ADDRESSES, *HOSTS)))
"""The fields of a member that an alert takes over."""


@dataclass(frozen=True, slots=True)
class Recalled(PlainEvent):
    """An event from a saved state: its frames were kept, if at all, before."""


def dump_event(event: Event) -> dict[str, object]:
    """An event in JSON's terms."""
    return {
        "kind": event.kind, "time": event.time, "id": event.id, "source": event.source, "packet": event.packet,
        "fields": {name: value for name in KEPT if (value := event.fields.get(name)) is not None},
    }  # fmt: skip


def load_event(dumped: object) -> Event:
    """The event again."""
    if not isinstance(dumped, dict):
        raise TypeError("expected a dumped event")
    return Recalled(
        dumped["kind"], dumped["time"], dumped["id"], dumped["source"], dumped["packet"], revived(dumped["fields"])
    )


def revived(fields: dict[str, Value]) -> Fields:
    """Fields from JSON: its lists are our tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
