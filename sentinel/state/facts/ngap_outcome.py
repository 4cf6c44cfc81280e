"""Does an NGAP outcome answer anything?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.associations import Key
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.contexts import ids_of
from sentinel.state.fields import number, text
from sentinel.state.world import World

_REMEMBERED = 60 * 10**9
_PATH_SWITCH = 25  # the AMF may give another id in its answer


class NgapOutcome(Fact):
    """A successful or unsuccessful outcome whose procedure nobody initiated in the last minute (TS 38.413, 8.1).

    Known gap: only on associations that were seen to be set up, where no request can be older than the monitor.
    """

    fields = {
        "fiveg.ngap.unsolicited": spec("boolean", "an outcome that nobody asked for", "无对应请求的 NGAP 响应"),
    }
    kinds = ("ngap.*",)

    def __init__(self) -> None:
        self._begun: Bounded[tuple[Key, int, str], int] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        code, pdu = number(fields, "fiveg.ngap.procedure_code"), text(fields, "fiveg.ngap.pdu_type")
        if code is None or not pdu:
            return {}
        ran_id, amf_id = ids_of(event)
        key = (world.associations.key(event), code, ran_id if code == _PATH_SWITCH else amf_id)
        if pdu == "initiating_message":
            self._begun[key] = event.time
            return {}
        association = world.associations.at(key[0])
        if association is None or not association.set_up:
            return {}
        begun = self._begun.get(key)
        asked = begun is not None and event.time - begun <= _REMEMBERED
        return {} if asked else {"fiveg.ngap.unsolicited": True}
