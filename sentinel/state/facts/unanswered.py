"""Who does not answer: to authentication, to paging?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact
from sentinel.state.bounded import Bounded
from sentinel.state.contexts import ids_of
from sentinel.state.deadlines import Data
from sentinel.state.derive import derived
from sentinel.state.fields import text
from sentinel.state.world import World

AUTHENTICATION = 6 * 10**9  # T3560 (TS 24.501, 10.2)
PAGING = 10 * 10**9


class Unanswered(Fact):
    """An authentication request without an answer within T3560, and a page without one within ten seconds."""

    fields = {}
    kinds = ("nas.authentication_request", "ngap.paging", "nas.service_request", "nas.registration_request")
    topics = once = ("authentication", "paging")
    derives = ("nas.authentication_unanswered", "ngap.paging_unanswered")

    def __init__(self) -> None:
        self._paged: Bounded[str, int] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        tmsi = text(event.fields, "fiveg.tmsi")
        if event.kind == "nas.authentication_request":
            (ran, port), (amf, amf_port) = world.associations.key(event)
            ids = ids_of(event)
            world.deadlines.add(
                event.time + AUTHENTICATION, "authentication", ran, port, amf, amf_port, *ids, event.time
            )
        elif event.kind == "ngap.paging" and tmsi and tmsi not in self._paged:
            self._paged[tmsi] = event.time
            world.deadlines.add(event.time + PAGING, "paging", tmsi, text(event.fields, "source.ip"))
        elif event.kind != "ngap.paging":
            self._paged.pop(tmsi, None)
        return {}

    def unseen(self, topic: str, data: Data) -> None:
        """See `Fact.unseen`."""
        if topic == "paging":
            self._paged.pop(str(data[0]), None)

    def due(self, when: int, topic: str, data: Data, world: World) -> Iterable[Event]:
        """See `Fact.due`."""
        if topic == "paging":
            tmsi = str(data[0])
            if self._paged.pop(tmsi, None) is not None:
                identity = world.contexts.of_tmsi(tmsi, when)
                known = identity.facts() if identity else {}
                yield derived("ngap.paging_unanswered", when, {"fiveg.tmsi": tmsi, "source.ip": data[1], **known})
            return
        ran, port, amf, amf_port, ran_id, amf_id, asked = data
        context = world.contexts.at(((str(ran), int(port)), (str(amf), int(amf_port))), str(ran_id), when)
        if context is not None and context.asked == asked:
            subject = context.identity.supi or context.identity.suci or f"{ran_id}@{ran}"
            yield derived("nas.authentication_unanswered", when, {
                "source.ip": amf, "destination.ip": ran, "fiveg.gnb.address": ran, "fiveg.ran_ue_ngap_id": ran_id,
                "fiveg.amf_ue_ngap_id": amf_id, "fiveg.nci": context.nci, "fiveg.ue.subject": subject,
                **context.identity.facts(),
            })  # fmt: skip
