"""Which slices and data networks was a terminal refused?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text, texts
from sentinel.state.gnbs import slices
from sentinel.state.world import World

_ASKS = "nas.pdu_session_establishment_request"
_REFUSES = ("nas.pdu_session_establishment_reject", "nas.dl_nas_transport")


class SessionRefused(Fact):
    """What a terminal asked for and did not get: a session's network and slice, or slices (TS 24.501, 5.5.1.2 and 6.4.1.4).

    Known gap: with ciphered NAS neither the request nor its refusal can be read.
    """

    fields = {
        "fiveg.session.refused": spec(
            "keyword[]", "data network and slice that the terminal did not get: ot/2-0000a1", "被拒的DNN与切片"
        ),
    }
    kinds = (_ASKS, *_REFUSES, "nas.registration_accept", "nas.registration_reject", "nas.configuration_update_command")

    def __init__(self) -> None:
        # RAN node, its id of the terminal, and the session's id to what was asked for.
        self._asked: Bounded[tuple[str, str, str], str] = Bounded(50_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        rejected = _rejected(event)
        if rejected:
            return {"fiveg.session.refused": rejected}
        key = (
            world.associations.key(event)[0][0], text(event.fields, "fiveg.ran_ue_ngap_id"),
            text(event.fields, "fiveg.pdu_session.id"),
        )  # fmt: skip
        if event.kind == _ASKS and text(event.fields, "source.ip") == key[0]:
            self._asked[key] = f"{text(event.fields, 'fiveg.dnn')}/{' '.join(slices(event))}"
        elif event.kind in _REFUSES and event.fields.get("fiveg.nas.cause") is not None:
            asked = self._asked.pop(key, "")
            return {"fiveg.session.refused": (asked,)} if len(asked) > 1 else {}
        return {}


def _rejected(event: Event) -> tuple[str, ...]:
    ssts, sds = texts(event.fields, "fiveg.nas.rejected.sst"), texts(event.fields, "fiveg.nas.rejected.sd")
    padded = sds + ("",) * (len(ssts) - len(sds))
    return tuple(f"/{sst}-{sd}" if sd else f"/{sst}" for sst, sd in zip(ssts, padded, strict=False))
