"""NAS that anybody may forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasNullIntegrity(Scene):
    """The AMF chooses NIA0 for an ordinary terminal."""

    name = "nas-null-integrity"
    title = "NAS without integrity protection"
    title_zh = "NAS 信令无完整性保护"
    description = "The AMF selects NIA0 for terminal 5, which registers as always."
    description_zh = "AMF 为正常注册的终端 5 选择 NIA0。"
    fires = ("nas-null-integrity",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), nia=0)
        yield 1.0


class NasNullIntegrityBenign(Scene):
    """The same terminal with NIA2."""

    name = "nas-null-integrity-benign"
    title = "NAS with 128-NIA2"
    title_zh = "NAS 信令采用 128-NIA2"
    description = "The AMF selects 128-NIA2 for terminal 5."
    description_zh = "AMF 为终端 5 选择 128-NIA2。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), nia=2)
        yield 1.0
