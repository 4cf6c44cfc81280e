"""What is counted in a period, of events as they pass: a dictionary's step for each, and no statistics."""

from __future__ import annotations

from collections.abc import Callable

from sentinel.forecast.metrics import Key
from sentinel.model.event import AnnotatedEvent, Event, Fields
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text

SECONDS = 300  # of a period
_MINUTES = SECONDS / 60
_PEERS = 4096  # destinations of a terminal in a period that are told apart
_LONG = SECONDS * 10**9  # an account of a flow that goes on comes every five minutes
_LOST = "radio_network.radio_connection_with_ue_lost"
_NOTHING: Fields = {}


class Counters:
    """Counts of terminals and of the network; `close` gives them as rates, and begins anew."""

    def __init__(self) -> None:
        self._terminals: dict[Key, float] = {}
        self._network: dict[Key, float] = {}
        self._peers: dict[str, set[str]] = {}
        self._sessions: Bounded[str, int] = Bounded(10_000)  # alive at each UPF, as last told
        self._told: Bounded[tuple[str, ...], tuple[int, int]] = Bounded(100_000)  # of flows that go on
        self.kinds: dict[str, Callable[[Event], None]] = {
            "flow.started": self._begun, "flow.updated": self._went, "flow.ended": self._went,
            "nas.registration_request": self._registration, "nas.service_request": self._service,
            "ngap.ue_context_release_request": self._release, "ngap.handover_required": self._handover,
            "pfcp.session_establishment_request": self._session, "pfcp.session_deletion_request": self._session,
        }  # fmt: skip

    def _begun(self, event: Event) -> None:
        supi = _supi(event)
        if not supi:
            return
        _add(self._terminals, ("terminal.flows", supi), 1 / _MINUTES)
        peers = self._peers.setdefault(supi, set())
        if len(peers) < _PEERS:
            peers.add(text(event.fields, "destination.ip"))

    def _went(self, event: Event) -> None:
        supi = _supi(event)
        if not supi:
            return
        octets, packets = self._since_told(event)
        _add(self._terminals, ("terminal.octets", supi), octets / SECONDS)
        _add(self._terminals, ("terminal.packets", supi), packets / SECONDS)
        _add(self._network, ("site.octets",), octets / SECONDS)
        facts = _facts(event)
        if dnn := text(facts, "fiveg.dnn"):
            _add(self._network, ("slice.octets", dnn, *_slice(facts)), octets / SECONDS)

    def _since_told(self, event: Event) -> tuple[int, int]:
        """Octets and packets of a flow since it was last told of."""
        fields = event.fields
        now = (number(fields, "network.bytes") or 0, number(fields, "network.packets") or 0)
        if event.kind == "flow.ended" and (number(fields, "event.duration") or 0) < _LONG:
            return now
        flow = tuple(
            text(fields, name)
            for name in ("source.ip", "source.port", "destination.ip", "destination.port", "network.transport",
                         "fiveg.gtpu.teid")
        )  # fmt: skip
        before = self._told.pop(flow, (0, 0))
        if event.kind == "flow.updated":
            self._told[flow] = now
        return max(0, now[0] - before[0]), max(0, now[1] - before[1])

    def _registration(self, event: Event) -> None:
        if event.fields.get("fiveg.nas.contained"):
            return
        self._of_gnb("gnb.registrations", event)
        _add(self._network, ("amf.registrations", text(event.fields, "destination.ip")), 1 / _MINUTES)

    def _service(self, event: Event) -> None:
        if not event.fields.get("fiveg.nas.contained"):
            self._of_gnb("gnb.services", event)

    def _release(self, event: Event) -> None:
        if text(event.fields, "fiveg.ngap.cause") == _LOST:
            self._of_gnb("gnb.radio_losses", event)

    def _handover(self, event: Event) -> None:
        self._of_gnb("gnb.handovers", event)

    def _of_gnb(self, metric: str, event: Event) -> None:
        if address := text(_facts(event), "fiveg.gnb.address"):
            _add(self._network, (metric, address), 1 / _MINUTES)

    def _session(self, event: Event) -> None:
        fields = event.fields
        upf, alive = text(fields, "destination.ip"), number(fields, "fiveg.pfcp.live_sessions")
        if alive is not None:
            self._sessions[upf] = alive + (1 if event.kind == "pfcp.session_establishment_request" else -1)
        if event.kind != "pfcp.session_establishment_request":
            return
        _add(self._network, ("upf.establishments", upf), 1 / _MINUTES)
        if dnn := text(fields, "fiveg.dnn"):
            _add(self._network, ("slice.establishments", dnn, *_slice(fields)), 1 / _MINUTES)

    def close(self) -> tuple[dict[Key, float], dict[Key, float]]:
        """The numbers of terminals and of the network in the period that ends."""
        terminals = self._terminals
        terminals.update((("terminal.peers", supi), float(len(peers))) for supi, peers in self._peers.items())
        network = self._network
        network.update((("upf.sessions", upf), float(max(alive, 0))) for upf, alive in self._sessions.items())
        if self._sessions:
            network["site.sessions",] = float(sum(max(alive, 0) for alive in self._sessions.values()))
        self._terminals, self._network, self._peers = {}, {}, {}
        return terminals, network

    def dump(self) -> dict[str, object]:
        """What is to outlive a restart."""
        return {
            "terminals": self._terminals, "network": self._network, "peers": self._peers, "sessions": self._sessions,
            "told": self._told,
        }  # fmt: skip

    def load(self, kept: dict[str, object]) -> None:
        """Take back what `dump` gave."""
        vars(self).update({f"_{name}": value for name, value in kept.items()})


def _add(counts: dict[Key, float], key: Key, much: float) -> None:
    counts[key] = counts.get(key, 0.0) + much


def _facts(event: Event) -> Fields:
    """What State says of an event; a plain dictionary is quicker to ask than the event's own fields."""
    return event.facts if isinstance(event, AnnotatedEvent) else _NOTHING


def _supi(event: Event) -> str:
    return text(_facts(event), "fiveg.supi")


def _slice(fields: Fields) -> tuple[str, str]:
    return text(fields, "fiveg.snssai.sst"), text(fields, "fiveg.snssai.sd")
