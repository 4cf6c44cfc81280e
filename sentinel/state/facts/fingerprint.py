"""Does a device look and call itself as it did?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World

# What tells devices apart, and what applications call themselves: the event, the field, the name of the difference.
_LOOKS = {
    "ngap.ue_radio_capability_info_indication": (("fiveg.ngap.radio_capability", "radio_capability"),),
    "nas.registration_request": (("fiveg.nas.mobility_capability", "mobility_capability"),),
    "dhcp.discover": (("dhcp.vendor_class", "dhcp_vendor"), ("dhcp.parameters", "dhcp_parameters")),
    "dhcp.request": (("dhcp.vendor_class", "dhcp_vendor"), ("dhcp.parameters", "dhcp_parameters")),
}
_CALLS = {
    "opcua.create_session": (("opcua.application_uri", "opcua"),),
    "mqtt.connect": (("mqtt.client_id", "mqtt"),),
    "dhcp.request": (("dhcp.hostname", "hostname"), ("dhcp.client_mac", "mac")),
}
_SEPARATOR = "\n"
_MOST = 8  # names of one kind that are known of a terminal


class Fingerprint(Fact):
    """Capabilities and stacks of a terminal, and names of its applications, against what they were."""

    fields = {
        "fiveg.ue.fingerprint_changed": spec(
            "keyword[]",
            "other than before: radio_capability, mobility_capability, dhcp_vendor, dhcp_parameters",
            "终端指纹变化项",
        ),
        "fiveg.app.identity_changed": spec(
            "keyword[]", "another name than this terminal had: opcua, mqtt, hostname, mac", "应用身份变化项"
        ),
    }
    kinds = tuple(sorted({*_LOOKS, *_CALLS}))

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        supi = world.supi_of(event)
        if not supi:
            return {}
        prints = world.terminals.meet(supi, event.time).prints
        facts: dict[str, Value] = {}
        for name, table in (("fiveg.ue.fingerprint_changed", _LOOKS), ("fiveg.app.identity_changed", _CALLS)):
            other = tuple(_other(prints, event, table.get(event.kind, ())))
            if other:
                facts[name] = other
        return facts


def _other(prints: dict[str, str], event: Event, wanted: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for field, name in wanted:
        value = text(event.fields, field)[:256].replace(_SEPARATOR, " ")
        if not value:
            continue
        known = prints[name].split(_SEPARATOR) if name in prints else []
        if value not in known:
            prints[name] = _SEPARATOR.join([*known, value][-_MOST:])
            if known:
                yield name
