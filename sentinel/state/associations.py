"""N2 associations and the gNBs that live on them (TS 38.413, 8.7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentinel.model.event import Event
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text

NGAP_PORT = 38412
# What only an AMF sends; it tells the sides apart where a RAN node uses the NGAP port too.
_OF_AMF = frozenset(
    {
        "sctp.init_ack", "ngap.ng_setup_response", "ngap.ng_setup_failure", "ngap.downlink_nas_transport",
        "ngap.initial_context_setup_request", "ngap.pdu_session_resource_setup_request", "ngap.ue_context_release_command",
    }
)  # fmt: skip
Endpoint = tuple[str, int]
Key = tuple[Endpoint, Endpoint]  # RAN side, AMF side


@dataclass(slots=True)
class Association:
    """An SCTP association between a RAN node and an AMF, and who the RAN node says it is."""

    ran: str  # address
    amf: str
    gnb_id: str = ""
    plmn: str = ""
    name: str = ""
    established: bool = False  # NG Setup was answered with success
    tags: dict[bool, str] = field(default_factory=dict)  # verification tag of what the RAN (True) or the AMF sends


class Associations:
    """All associations that were seen, by their endpoints."""

    def __init__(self, amfs: frozenset[str] = frozenset(), cap: int = 10_000) -> None:
        self._known: Bounded[Key, Association] = Bounded(cap)
        self._addresses: Bounded[str, None] = Bounded(cap)
        self._planned = amfs
        self._amfs: Bounded[str, None] = Bounded(cap)  # by what they did: they answered NG Setup

    def key(self, event: Event) -> Key:
        """RAN and AMF endpoint of an N2 event: the AMF listens on the NGAP port, and a RAN node may send from it."""
        fields = event.fields
        source = (text(fields, "source.ip"), number(fields, "source.port") or 0)
        destination = (text(fields, "destination.ip"), number(fields, "destination.port") or 0)
        if source[1] == destination[1]:
            return (destination, source) if self._is_amf(source[0], event.kind) else (source, destination)
        return (destination, source) if source[1] == NGAP_PORT else (source, destination)

    def _is_amf(self, address: str, kind: str) -> bool:
        return address in self._planned or address in self._amfs or kind in _OF_AMF

    def from_ran(self, event: Event) -> bool:
        """The RAN node sent it."""
        return self.key(event)[0][0] == text(event.fields, "source.ip")

    def of(self, event: Event) -> Association | None:
        """The association that carried an N2 event."""
        return self._known.get(self.key(event))

    def established(self) -> Iterator[Association]:
        """Associations over which a gNB is in service."""
        return (association for association in self._known.values() if association.established)

    def holds(self, address: str) -> bool:
        """The address is that of a RAN node or an AMF with NG Setup done."""
        return address in self._addresses

    @property
    def evicted(self) -> int:
        """Associations forgotten because the table was full."""
        return self._known.evicted

    def observe(self, event: Event) -> None:
        """Follow SCTP life and NG Setup."""
        match event.kind:
            case "sctp.init_ack":  # an INIT alone anybody can forge; the AMF answers it when it begins anew
                self._known.pop(self.key(event), None)
            case "sctp.abort" | "sctp.shutdown" | "sctp.shutdown_complete":
                if self._believable(event):
                    self._known.pop(self.key(event), None)
            case "ngap.ng_setup_request":
                association = self._of_or_new(event)
                association.gnb_id = text(event.fields, "fiveg.gnb.id")
                association.plmn = text(event.fields, "fiveg.gnb.plmn")
                association.name = text(event.fields, "fiveg.gnb.name")
            case "ngap.ng_setup_response":
                association = self._of_or_new(event)
                association.established = True
                self._amfs[association.amf] = None
                self._addresses[association.ran] = self._addresses[association.amf] = None
            case "ngap.ng_setup_failure":
                self._of_or_new(event).established = False
        if event.kind.startswith("ngap.") and (known := self.of(event)) is not None:
            known.tags[self.from_ran(event)] = text(event.fields, "fiveg.sctp.vtag")

    def _believable(self, event: Event) -> bool:
        """It carries the tag of its direction, or (an ABORT may, RFC 9260 8.5.1) that of the other."""
        association = self.of(event)
        tags = association.tags.values() if association is not None else ()
        return not tags or text(event.fields, "fiveg.sctp.vtag") in tags

    def _of_or_new(self, event: Event) -> Association:
        key = self.key(event)
        if key not in self._known:
            self._known[key] = Association(key[0][0], key[1][0])
        return self._known[key]
