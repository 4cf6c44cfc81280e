"""Does a NAS message fit the state that its terminal is in?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state import nas
from sentinel.state.base import Fact, spec
from sentinel.state.contexts import UeContext, ids_of
from sentinel.state.fields import text
from sentinel.state.world import World

_SECOND = 10**9
_OF_ANOTHER_LAYER = ("nas.pdu_session_",)
_UNREADABLE = ("nas.malformed", "nas.unknown_message")
_AUTHENTICATION = ("nas.authentication_response", "nas.authentication_failure")
_SECURITY = ("nas.security_mode_complete", "nas.security_mode_reject")
_ANEW = ("nas.registration_request", "nas.deregistration_request_ue_originating")


class NasState(Fact):
    """Uplink messages that no procedure expects, and answers by another RAN id than was asked (TS 24.501, 5.4 and 5.5).

    Known gap: only in contexts whose beginning was seen.
    """

    fields = {
        "fiveg.nas.out_of_state": spec(
            "keyword", "why it does not fit: not_initial, after_reject or no_procedure", "NAS 状态违规原因"
        ),
        "fiveg.nas.auth_id_swapped": spec(
            "boolean", "answered with another RAN id than was asked", "鉴权应答的 RAN 标识不一致"
        ),
    }
    kinds = ("nas.*",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        if event.fields.get("fiveg.nas.contained") or not world.associations.from_ran(event):
            return {}
        context = world.contexts.of(event)
        facts: dict[str, Value] = {}
        if context is not None and context.initial and not event.kind.startswith(_OF_ANOTHER_LAYER):
            wrong = _wrong(context, event.kind)
            facts = {"fiveg.nas.out_of_state": wrong} if wrong else {}
        if event.kind in _AUTHENTICATION and _swapped(event, world):
            facts["fiveg.nas.auth_id_swapped"] = True
        return facts


def _wrong(context: UeContext, kind: str) -> str:
    if not context.last:
        return "" if kind in nas.INITIAL else "not_initial"
    if kind in _UNREADABLE:
        return ""
    if context.last == "nas.security_mode_reject" and kind not in _ANEW:
        return "after_reject"
    unasked = (kind in _AUTHENTICATION and not context.asked) or (kind in _SECURITY and not context.commanded)
    return "no_procedure" if unasked else ""


def _swapped(event: Event, world: World) -> bool:
    key = world.associations.key(event)
    ran_id, amf_id = ids_of(event)
    asked = world.contexts.named(key[1][0], amf_id, event.time) if amf_id else None
    return (
        asked is not None and asked.association == key and asked.asked > event.time - _SECOND
        and text(event.fields, "fiveg.ran_ue_ngap_id") != "" and asked.ran_id != ran_id
    )  # fmt: skip
