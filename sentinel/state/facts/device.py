"""Is a subscriber in its own device, and can the device be what it says?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import SitePlan
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text
from sentinel.state.world import World

SAME = 14  # TAC and serial number; then a check digit, or a software version (TS 23.003, 6.2)
_UNMASKED = 10  # digits of a masked IMEISV that can be read (TS 38.413, 9.3.1.54)


# What simulators of terminals call themselves until somebody gives them an identity: it stands for no device.
PLACEHOLDERS = frozenset({"43708161258161", "35349006987331", "67545678901234", "11100000000000"})


class Device(Fact):
    """IMEI and IMEISV against the register, or the device a subscriber was first seen in (TS 23.003, 6.2)."""

    fields = {
        "fiveg.pei.changed": spec("boolean", "not the device that this SUPI is bound to", "机卡绑定是否变更"),
        "fiveg.pei.bound": spec("keyword", "the device it is bound to", "绑定的设备标识"),
        "fiveg.pei.subscribers": spec("long", "SUPIs seen in this device within a day", "该设备一天内的用户卡数"),
        "fiveg.pei.invalid": spec(
            "keyword", "length, zero, placeholder, test, check_digit, not_allowed or barred", "设备标识无效原因"
        ),
    }
    kinds = (
        "nas.security_mode_complete", "nas.identity_response", "nas.registration_complete",
        "pfcp.session_establishment_request", "ngap.initial_context_setup_request",
    )  # fmt: skip

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        pei, masked = text(event.fields, "fiveg.pei"), text(event.fields, "fiveg.ngap.masked_imeisv")
        if not pei and not masked:
            return {}
        supi = world.supi_of(event)
        row, terminal = world.register.get(supi), world.terminal(supi, event.time)
        bound = (row.imei if row is not None else "") or (terminal.pei if terminal is not None else "")
        same = pei[:SAME] == bound[:SAME] if pei else masked.removeprefix("0x")[:_UNMASKED] == bound[:_UNMASKED]
        facts: dict[str, Value] = {}
        if bound and not same:
            facts = {"fiveg.pei.changed": True, "fiveg.pei.bound": bound}
        if not pei:
            return facts
        if _placeholder(pei):
            return facts | {"fiveg.pei.invalid": "placeholder"}
        if (wrong := invalid(pei, world.site)) != "":
            facts["fiveg.pei.invalid"] = wrong
        others = set(world.terminals.subscribers(pei, event.time)) | ({supi} if supi else set())
        return facts | ({"fiveg.pei.subscribers": len(others)} if len(others) > 1 else {})


def invalid(pei: str, site: SitePlan | None = None) -> str:
    """Why no device of the site has this identity; empty: it may."""
    if len(pei) not in (15, 16) or not pei.isdigit():
        return "length"
    if not pei.strip("0"):
        return "zero"
    if pei.startswith("00"):
        return "test"  # TACs of test equipment (TS 23.003, annex B)
    if len(pei) == 15 and pei[14] not in ("0", _check(pei[:14])):
        return "check_digit"  # a terminal sends 0 in its place
    if site is not None and any(pei[:SAME] == barred[:SAME] for barred in site.barred_devices):
        return "barred"
    allowed = site.device_tacs if site is not None else ()
    return "not_allowed" if allowed and pei[:8] not in allowed else ""


def _placeholder(pei: str) -> bool:
    return pei[:SAME] in PLACEHOLDERS and len(pei) >= SAME


def _check(digits: str) -> str:
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(digits))
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)
