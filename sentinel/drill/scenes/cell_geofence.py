"""A terminal where it must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class CellGeofence(Scene):
    """A PLC gateway is taken into the yard."""

    name = "cell-geofence"
    title = "A terminal leaves its cells"
    title_zh = "终端越区"
    description = "Terminal 2, which may use the cells of the halls, registers in the yard."
    description_zh = "仅允许在厂房小区使用的终端2在堆场注册。"
    fires = ("cell-geofence",)

    def act(self, network: Network) -> Play[None]:
        """The yard's gNB first."""
        yard = network.gnb(GNB3)
        network.gnbs.append(yard)
        yield from yard.start()
        yield from network.attach(TERMINALS[2], yard, "ot")
        yield 0.5


class CellGeofenceBenign(Scene):
    """The gateway moves between the halls."""

    name = "cell-geofence-benign"
    title = "A terminal changes its hall"
    title_zh = "终端更换厂房"
    description = "Terminal 2 registers in one hall, then in the other."
    description_zh = "终端2先后在两个厂房注册。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        for gnb in network.gnbs:
            session = yield from network.attach(TERMINALS[2], gnb, "ot")
            yield 1.0
            yield from network.deregister(session.ue)
        yield 0.5
