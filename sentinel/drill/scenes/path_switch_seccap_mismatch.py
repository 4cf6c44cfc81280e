"""Security capabilities that change on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PathSwitchSeccapMismatch(Scene):
    """A target gNB hands on weaker capabilities than the terminal announced; the AMF sees it and corrects it."""

    name = "path-switch-seccap-mismatch"
    title = "A path switch weakens a terminal's security capabilities"
    title_zh = "路径切换中终端安全能力被削弱"
    description = "gNB 2 hands on a capability without 128-NEA2 and NEA3; the AMF returns the right one."
    description_zh = "基站 2 上报的安全能力缺少 128-NEA2 与 NEA3，AMF 在应答中返回正确的能力。"
    fires = ("path-switch-seccap-mismatch",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        yield from switch_path(network, session, network.gnb2, algorithms=0x8000, corrected=0xE000)
        yield 2.0


class PathSwitchSeccapMismatchBenign(Scene):
    """A path switch with the capabilities that the terminal announced."""

    name = "path-switch-seccap-mismatch-benign"
    title = "A path switch with the capabilities as announced"
    title_zh = "路径切换时安全能力一致"
    description = "gNB 2 hands on what the terminal announced when it registered."
    description_zh = "基站 2 上报的安全能力与终端注册时一致。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import switch_path

        session = yield from network.attach(TERMINALS[4], network.gnb1)
        yield 3.0
        yield from switch_path(network, session, network.gnb2)
        yield 2.0
