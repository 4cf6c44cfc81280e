"""Does a terminal look like several devices?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text
from sentinel.state.world import World

_DAY = 86_400 * 10**9
_MOST = 16  # values of one kind that are told apart
# In the order in which they are looked for: Android says Linux too.
_SYSTEMS = (
    ("Windows NT", "windows"), ("Android", "android"), ("iPhone", "ios"), ("iPad", "ios"), ("CrOS", "chrome_os"),
    ("Mac OS X", "macos"), ("Linux", "linux"),
)  # fmt: skip
_DHCP = (("dhcp.hostname", "hostname"), ("dhcp.client_mac", "mac"))


class DevicesBehind(Fact):
    """Operating systems by User-Agent, and host names and hardware addresses of DHCP, that one terminal showed in a day.

    Known gap: several devices of one make, and those that say nothing in clear; hop limits and IP ids are not read.
    """

    fields = {
        "fiveg.ue.devices": spec("long", "devices that a terminal looks like, of the last day", "终端疑似设备数"),
        "fiveg.ue.devices_by": spec(
            "keyword", "what tells them apart: operating_system, hostname or mac", "设备区分依据"
        ),
    }
    kinds = ("http.request", "dhcp.discover", "dhcp.request")

    def __init__(self) -> None:
        # SUPI and kind to values, and when each was seen.
        self._seen: Bounded[tuple[str, str], dict[str, int]] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        session = world.session_of(event)
        if session is None or not session.identity.supi:
            return {}
        if event.kind == "http.request" and text(event.fields, "source.ip") not in session.ue_ips:
            return {}  # somebody asks the terminal
        most = max((self._count(session.identity.supi, *each, event.time) for each in _shown(event)), default=(0, ""))
        return {"fiveg.ue.devices": most[0], "fiveg.ue.devices_by": most[1]} if most[0] > 1 else {}

    def _count(self, supi: str, kind: str, value: str, now: int) -> tuple[int, str]:
        known = self._seen.get((supi, kind), {})
        fresh = {each: when for each, when in known.items() if now - when <= _DAY}
        if value in fresh or len(fresh) < _MOST:
            fresh[value] = now
        self._seen[supi, kind] = fresh
        return len(fresh), kind


def _shown(event: Event) -> list[tuple[str, str]]:
    """Kind and value of what tells devices apart."""
    if event.kind != "http.request":
        return [(kind, value[:64]) for name, kind in _DHCP if (value := text(event.fields, name))]
    agent = text(event.fields, "user_agent.original")
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    return [("operating_system", system)] if system else []
