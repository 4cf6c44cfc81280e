"""May one terminal talk to another?"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import Peering
from sentinel.state.base import Fact, spec
from sentinel.state.calendar import expired
from sentinel.state.fields import number, text
from sentinel.state.permits import is_one
from sentinel.state.world import World


class FlowPeer(Fact):
    """A flow between two terminals, against the plan's `peerings`.

    A terminal is an address of a pool or of a live session. Where the first packet that was seen is no SYN, the flow may
    have begun before, from the other end: then it is enough that one of the two directions is allowed.
    """

    fields = {
        "fiveg.flow.between_terminals": spec("boolean", "both ends are terminals", "两端均为终端"),
        "fiveg.flow.peering_permitted": spec(
            "boolean", "a peering of the plan covers both terminals and the port", "终端间互访是否有授权"
        ),
    }
    kinds = ("flow.started", "file.transfer")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        source, destination = text(fields, "source.ip"), text(fields, "destination.ip")
        if not (_terminal(source, world) and _terminal(destination, world)):
            return {}
        found: dict[str, Value] = {"fiveg.flow.between_terminals": True}
        peerings = world.site.peerings if world.site is not None else None
        if peerings is None:
            return found
        ways = [(source, destination, number(fields, "destination.port"))]
        if text(fields, "tcp.flags") != "S":
            ways.append((destination, source, number(fields, "source.port")))
        permitted = any(_permitted(peerings, *way, world) for way in ways)
        return found | {"fiveg.flow.peering_permitted": permitted}


def _terminal(address: str, world: World) -> bool:
    return world.in_ue_pool(address) or world.sessions.of_address(address, world.now) is not None


def _permitted(peerings: tuple[Peering, ...], source: str, destination: str, port: int | None, world: World) -> bool:
    zone = world.site.time_zone if world.site is not None else "UTC"
    ours, theirs = _names(source, world), _names(destination, world)
    return any(
        any(is_one(each.source, name) for name in ours)
        and any(is_one(each.destination, name) for name in theirs)
        and _covers(each.ports, port)
        and not expired(each.until, world.now, zone)
        for each in peerings
    )


def _names(address: str, world: World) -> tuple[str, ...]:
    """The address, and SUPI and group of the terminal that has it."""
    supi = world.supi_at(address)
    row = world.register.get(supi)
    return tuple(filter(None, (address, supi, row.group if row is not None else "")))


@functools.lru_cache(1024)
def _covers(ports: str, port: int | None) -> bool:
    spans = (each.partition("-") for each in ports.split())
    return not ports or any(
        low.isdigit() and port is not None and int(low) <= port <= int(high if high.isdigit() else low)
        for low, _, high in spans
    )
