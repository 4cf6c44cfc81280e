"""N2 associations and the gNBs that live on them (TS 38.413, 8.7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentinel.model.event import Event, Value
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text, texts
from sentinel.state.identity import later
from sentinel.state.table import Table

NGAP_PORT = 38412
# What only an AMF sends; it tells the sides apart where a RAN node uses the NGAP port too.
_OF_AMF = frozenset(
    {
        "sctp.init_ack", "ngap.ng_setup_response", "ngap.ng_setup_failure", "ngap.downlink_nas_transport",
        "ngap.initial_context_setup_request", "ngap.pdu_session_resource_setup_request", "ngap.ue_context_release_command",
    }
)  # fmt: skip
_BEATS = ("sctp.heartbeat", "sctp.heartbeat_ack")
_SETTING_UP = frozenset({"ngap.ng_setup_request", "ngap.ng_setup_response", "ngap.ng_setup_failure"})
Endpoint = tuple[str, int]
Key = tuple[Endpoint, Endpoint]  # RAN side, AMF side


@dataclass(slots=True, eq=False)
class Association:
    """An SCTP association between a RAN node and an AMF, and who the RAN node says it is."""

    ran: str  # address
    amf: str
    gnb_id: str = ""
    plmn: str = ""
    name: str = ""
    established: bool = False  # NG Setup was answered with success
    tags: dict[bool, str] = field(default_factory=dict)  # verification tag of what the RAN (True) or the AMF sends
    addresses: tuple[str, ...] = ()  # that the RAN node has beside the one it sends from
    heard: int = 0  # when the RAN node last sent anything
    set_up: int = 0  # when NG Setup was answered
    since: int = 0  # when it last said who it is
    silent: bool = False  # it was said that nothing is heard
    beats: int = 0  # heartbeats of the RAN node, and answers to the AMF's


class Associations(Table):
    """All associations that were seen, by their endpoints."""

    kept = ("_known", "_addresses", "_amfs", "_announced", "_keys")

    def __init__(self, amfs: frozenset[str] = frozenset(), cap: int = 10_000) -> None:
        self._known: Bounded[Key, Association] = Bounded(cap)
        self._addresses: Bounded[str, None] = Bounded(cap)
        self._planned = amfs
        self._amfs: Bounded[str, None] = Bounded(cap)  # by what they did: they answered NG Setup
        self._announced: Bounded[Key, tuple[str, ...]] = Bounded(cap)  # addresses in an INIT
        self._keys: Bounded[Key, Key] = Bounded(cap)
        self._asked: tuple[Event, Key, bool] | None = None  # of the last event: its ends, and whether the RAN sent it

    def key(self, event: Event) -> Key:
        """RAN and AMF endpoint of an N2 event: the AMF listens on the NGAP port, and a RAN node may send from it."""
        if self._asked is None or self._asked[0] is not event:
            self._asked = self._ends(event)
        return self._asked[1]

    def _ends(self, event: Event) -> tuple[Event, Key, bool]:
        fields = event.fields
        get = fields.get
        source = (text(fields, "source.ip"), _port(get("source.port")))
        destination = (text(fields, "destination.ip"), _port(get("destination.port")))
        if source[1] == destination[1]:
            from_amf = self._is_amf(source[0], event.kind)
        elif NGAP_PORT in (source[1], destination[1]):
            from_amf = source[1] == NGAP_PORT
        else:  # an AMF on another port: the ends stay as they were first told
            from_amf = event.kind in _OF_AMF or (destination, source) in self._keys
        key = (destination, source) if from_amf else (source, destination)
        return event, self._one(key), not from_amf

    def _one(self, key: Key) -> Key:
        """The same ends are one object: contexts of a RAN node share it, in memory and in snapshots."""
        found = self._keys.get(key)
        if found is None:
            self._keys[key] = found = key
        return found

    def _is_amf(self, address: str, kind: str) -> bool:
        return address in self._planned or address in self._amfs or kind in _OF_AMF

    def from_ran(self, event: Event) -> bool:
        """The RAN node sent it."""
        if self._asked is None or self._asked[0] is not event:
            self._asked = self._ends(event)
        return self._asked[2]

    def of(self, event: Event) -> Association | None:
        """The association that carried an N2 event; none, where what is known of these ends was told later."""
        known = self._known.get(self.key(event))
        return None if known is None or later(known.since, event.time) else known

    def established(self) -> Iterator[Association]:
        """Associations over which a gNB is in service."""
        return (association for association in self._known.values() if association.established)

    def holds(self, address: str) -> bool:
        """The address is that of a RAN node or an AMF with NG Setup done."""
        return address in self._addresses

    def all(self) -> Iterator[tuple[Key, Association]]:
        """Every association and its endpoints."""
        return iter(self._known.items())

    def at(self, key: Key) -> Association | None:
        """The association between these endpoints."""
        return self._known.get(key)

    def observe(self, event: Event) -> None:
        """Follow SCTP life and NG Setup; what is told of the past changes nothing of who is there today."""
        held = self._known.get(self.key(event))
        if held is not None and later(held.since, event.time):
            return
        if event.kind.startswith("sctp."):
            self._live(event)
        elif event.kind in _SETTING_UP:
            self._set_up(event)
        known = self.of(event)
        if known is None:
            return
        from_ran = self.from_ran(event)
        if from_ran:
            known.heard, known.silent = event.time, False
            known.beats += event.kind in _BEATS
        if event.kind.startswith("ngap."):
            known.tags[from_ran] = text(event.fields, "fiveg.sctp.vtag")

    def _live(self, event: Event) -> None:
        match event.kind:
            case "sctp.init":
                self._announced[self.key(event)] = texts(event.fields, "fiveg.sctp.address")[:8]
            case "sctp.init_ack":  # an INIT alone anybody can forge; the AMF answers it when it begins anew
                self._known.pop(self.key(event), None)
            case "sctp.abort" | "sctp.shutdown" | "sctp.shutdown_complete":
                if self._believable(event):
                    self._known.pop(self.key(event), None)

    def _set_up(self, event: Event) -> None:
        match event.kind:
            case "ngap.ng_setup_request":
                association = self._of_or_new(event)
                association.gnb_id = text(event.fields, "fiveg.gnb.id")
                association.plmn = text(event.fields, "fiveg.gnb.plmn")
                association.name = text(event.fields, "fiveg.gnb.name")
                association.since = event.time
            case "ngap.ng_setup_response":
                association = self._of_or_new(event)
                association.established, association.set_up = True, event.time
                self._amfs[association.amf] = None
                self._addresses[association.ran] = self._addresses[association.amf] = None
            case "ngap.ng_setup_failure":
                self._of_or_new(event).established = False

    def _believable(self, event: Event) -> bool:
        """It carries the tag of its direction, or (an ABORT may, RFC 9260 8.5.1) that of the other."""
        association = self.of(event)
        tags = association.tags.values() if association is not None else ()
        return not tags or text(event.fields, "fiveg.sctp.vtag") in tags

    def _of_or_new(self, event: Event) -> Association:
        key = self.key(event)
        if key not in self._known:
            addresses = self._announced.get(key, ())
            self._known[key] = Association(key[0][0], key[1][0], addresses=addresses, since=event.time)
        return self._known[key]


def _port(value: Value | None) -> int:
    return value if isinstance(value, int) else 0
