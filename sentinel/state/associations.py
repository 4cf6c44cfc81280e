"""N2 associations and the gNBs that live on them (TS 38.413, 8.7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.model.event import Event
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text

NGAP_PORT = 38412
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
    requested: int = 0  # NG Setup requests since the association began
    established: bool = False  # NG Setup was answered with success


class Associations:
    """All associations that were seen, by their endpoints."""

    def __init__(self, cap: int = 10_000) -> None:
        self._known: Bounded[Key, Association] = Bounded(cap)
        self._addresses: Bounded[str, None] = Bounded(cap)

    @staticmethod
    def key(event: Event) -> Key:
        """RAN and AMF endpoint of an N2 event: the AMF listens on the NGAP port."""
        fields = event.fields
        source = (text(fields, "source.ip"), number(fields, "source.port") or 0)
        destination = (text(fields, "destination.ip"), number(fields, "destination.port") or 0)
        return (destination, source) if source[1] == NGAP_PORT else (source, destination)

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
            case "sctp.init" | "sctp.abort" | "sctp.shutdown" | "sctp.shutdown_complete":
                self._known.pop(self.key(event), None)
            case "ngap.ng_setup_request":
                association = self._of_or_new(event)
                association.requested += 1
                association.gnb_id = text(event.fields, "fiveg.gnb.id")
                association.plmn = text(event.fields, "fiveg.gnb.plmn")
                association.name = text(event.fields, "fiveg.gnb.name")
            case "ngap.ng_setup_response":
                association = self._of_or_new(event)
                association.established = True
                self._addresses[association.ran] = self._addresses[association.amf] = None
            case "ngap.ng_setup_failure":
                self._of_or_new(event).established = False

    def _of_or_new(self, event: Event) -> Association:
        key = self.key(event)
        if key not in self._known:
            self._known[key] = Association(key[0][0], key[1][0])
        return self._known[key]
