"""Has a base station fallen silent, and how many terminals hang on it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.associations import Association, Key
from sentinel.state.base import Fact, spec
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.world import World

SILENCE = 90 * 10**9  # three heartbeats of thirty seconds (RFC 9260, 16)
BEATS = 2  # heartbeats that were seen, so that their absence means something: some vendors turn them off


class GnbSilence(Fact):
    """Neither data nor heartbeat of a base station in service for three heartbeats, while something else is heard."""

    fields = {
        "fiveg.gnb.active_ues": spec("long", "terminals connected to this base station", "基站在线终端数"),
        "fiveg.gnb.silent_for": spec("long", "seconds since it was last heard", "基站静默秒数"),
    }
    kinds = (
        "ngap.ng_setup_response", "ngap.ue_context_release_request", "ngap.ng_reset", "sctp.abort", "sctp.shutdown",
    )  # fmt: skip
    topics = ("gnb_silence",)
    derives = ("gnb.silent",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        key = world.associations.key(event)
        if event.kind == "ngap.ng_setup_response":
            world.deadlines.add(event.time + SILENCE, "gnb_silence", *key[0], *key[1], event.time)
            return {}
        return {"fiveg.gnb.active_ues": world.contexts.active.get(key[0][0], 0)}

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:  # noqa: ARG002
        """See `Fact.due`."""
        ran, ran_port, amf, amf_port, since = data
        key = ((str(ran), int(ran_port)), (str(amf), int(amf_port)))
        association = world.associations.at(key)
        if association is None or association.set_up != since:
            return  # it has ended, or was set up anew and is looked after by another deadline
        heard = max(association.heard, association.set_up)
        silent = world.deadlines.watched(heard, when)
        again = when + SILENCE - (silent if silent < SILENCE else 0)
        world.deadlines.add(max(again, world.now), "gnb_silence", *data)
        quiet = silent >= SILENCE and not association.silent
        if quiet and association.beats >= BEATS and _others_heard(heard, world):
            association.silent = True
            yield _silent(key, association, when, silent, world)


def _others_heard(heard: int, world: World) -> bool:
    """The monitor was not blind as a whole: something was heard since."""
    planes = map(world.planes.of, ("N2", "N4", "N3"))
    return any(plane is not None and world.deadlines.watched(heard, plane.last) > SILENCE // 3 for plane in planes)


def _silent(key: Key, association: Association, when: int, silent: int, world: World) -> Event:
    return derived("gnb.silent", when, {
        "source.ip": key[0][0], "destination.ip": key[1][0], "fiveg.gnb.address": key[0][0],
        "fiveg.gnb.id": association.gnb_id, "fiveg.gnb.name": association.name,
        "fiveg.gnb.active_ues": world.contexts.active.get(key[0][0], 0),
        "fiveg.gnb.silent_for": silent // 10**9,
    })  # fmt: skip
