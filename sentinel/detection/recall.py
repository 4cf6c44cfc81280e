"""Events as detection remembers them: with what they stand for, and, after a restart, without their frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from sentinel.detection import cut
from sentinel.model.event import Event, Fields, Frame, PlainEvent, Value

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


_TIME = attrgetter("time")


@dataclass(frozen=True, slots=True)
class Recalled(PlainEvent):
    """An event from a saved state: its frames were kept, if at all, before."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The event at which a correlation matched, as a member of another: it stands for all of `members`."""

    event: Event
    members: tuple[Event, ...]

    @property
    def kind(self) -> str:
        """The kind of the event underneath."""
        return self.event.kind

    @property
    def time(self) -> int:
        """The packet time of the event underneath."""
        return self.event.time

    @property
    def id(self) -> str:
        """The id of the event underneath."""
        return self.event.id

    @property
    def source(self) -> str:
        """The source of the event underneath."""
        return self.event.source

    @property
    def packet(self) -> int:
        """The packet number of the event underneath."""
        return self.event.packet

    @property
    def fields(self) -> Fields:
        """The fields of the event underneath."""
        return self.event.fields

    @property
    def frames(self) -> Sequence[Frame]:
        """The frames of the event underneath."""
        return self.event.frames


def expanded(events: Sequence[Event]) -> tuple[Event, ...]:
    """Every event these stand for, once each, in order of time."""
    if Proven in map(type, events):
        events = [one for event in events for one in (event.members if isinstance(event, Proven) else (event,))]
    if len(events) == 1:
        return (events[0],)
    return tuple(sorted({event.id: event for event in events}.values(), key=_TIME))


def dump_event(event: Event, *, whole: bool = False) -> dict[str, object]:
    """An event in JSON's terms, with what an alert takes over from a member, or `whole`."""
    names = event.fields if whole else KEPT
    dumped: dict[str, object] = {
        "kind": event.kind, "time": event.time, "id": event.id, "source": event.source, "packet": event.packet,
        "fields": {name: cut.value(value) for name in names if (value := event.fields.get(name)) is not None},
    }  # fmt: skip
    if isinstance(event, Proven):
        dumped["members"] = [dump_event(member) for member in event.members]
    return dumped


def load_event(dumped: object) -> Event:
    """The event again."""
    if not isinstance(dumped, dict):
        raise TypeError("expected a dumped event")
    fields = revived(dumped["fields"])
    event = Recalled(dumped["kind"], dumped["time"], dumped["id"], dumped["source"], dumped["packet"], fields)
    members = dumped.get("members")
    return event if members is None else Proven(event, tuple(map(load_event, members)))


def revived(fields: dict[str, Value]) -> Fields:
    """Fields from JSON: its lists are our tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
