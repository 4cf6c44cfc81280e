"""The NAS state machine of a UE context: procedures, security and counters (TS 24.501, 4.4, 5.4 and 5.5)."""

from __future__ import annotations

from sentinel.model.event import Event
from sentinel.state.contexts import UeContext
from sentinel.state.fields import number, text, texts
from sentinel.state.security import Security

# What a terminal may begin with (TS 24.501, 5.1.3; TS 38.413, 8.6.1).
INITIAL = frozenset(
    {"nas.registration_request", "nas.service_request", "nas.deregistration_request_ue_originating",
     "nas.control_plane_service_request", "nas.protected"}
)  # fmt: skip
# What the AMF takes in plain, also when security is active (TS 24.501, 4.4.4.3).
PLAIN = frozenset(
    {"nas.registration_request", "nas.identity_response", "nas.authentication_response", "nas.authentication_failure",
     "nas.security_mode_reject", "nas.deregistration_request_ue_originating",
     "nas.deregistration_accept_ue_terminated"}
)  # fmt: skip
_COMPLETE = 4  # of a security mode complete, and of nothing else: ciphered with a new context (9.3.1)
NEW_CONTEXT = 3  # security header of a security mode command: integrity with a new context
_INNER = ("nas.pdu_session_",)  # session management inside a transport message: it has no counter of its own


def capability(event: Event) -> tuple[str, ...]:
    """The security capability in a message, algorithms of both kinds."""
    return texts(event.fields, "fiveg.nas.ue_nea") + texts(event.fields, "fiveg.nas.ue_nia")


def observe(context: UeContext, event: Event) -> None:
    """Take a NAS message into the context."""
    fields, kind = event.fields, event.kind
    sequence, mac = number(fields, "fiveg.nas.sequence"), text(fields, "fiveg.nas.mac")
    header = number(fields, "fiveg.nas.security_header")
    match kind:
        case "nas.registration_request":
            context.registration = text(fields, "fiveg.nas.registration_type")
            context.capability = capability(event) or context.capability
        case "nas.authentication_request":
            context.asked = event.time
        case "nas.authentication_response" | "nas.authentication_failure":
            context.asked = 0
        case "nas.security_mode_command":
            if header == NEW_CONTEXT:
                context.security = Security()  # counters begin anew with the keys
            context.security.cipher = text(fields, "fiveg.nas.cipher")
            context.security.integrity = text(fields, "fiveg.nas.integrity")
            context.commanded = event.time
        case "nas.security_mode_complete" | "nas.protected" if header == _COMPLETE:
            context.security.active, context.commanded = True, 0
        case "nas.security_mode_reject":
            context.commanded = 0
    if sequence is not None and mac:
        context.security.note(uplink(context, event), sequence, mac)
    if not kind.startswith(_INNER) and not fields.get("fiveg.nas.contained"):
        context.last = kind


def uplink(context: UeContext, event: Event) -> bool:
    """The terminal sent it, through its RAN node."""
    return context.association is not None and text(event.fields, "source.ip") == context.association[0][0]
