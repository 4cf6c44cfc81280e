"""A plain message where all must be protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasPlainAfterSecurity(Scene):
    """Somebody slips a plain message into a terminal's connection after security was agreed."""

    name = "nas-plain-after-security"
    title = "Plain NAS in a secured context"
    title_zh = "安全上下文中出现明文 NAS"
    description = "After registration a plain Registration Complete comes in the context of terminal 5."
    description_zh = "终端 5 注册完成后，其上下文中出现明文的 Registration Complete。"
    fires = ("nas-plain-after-security",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        yield 2.0
        network.gnb1.up(ue, nas.registration_complete())
        yield 1.0


class NasPlainAfterSecurityBenign(Scene):
    """A terminal whose keys are gone takes its leave in plain, which it may."""

    name = "nas-plain-after-security-benign"
    title = "A plain deregistration"
    title_zh = "明文去注册"
    description = "Terminal 5 deregisters without protection, as TS 24.501 allows."
    description_zh = "终端 5 以明文去注册，符合 TS 24.501 规定。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        ue = yield from network.register(TERMINALS[5], network.gnb1)
        yield 2.0
        network.ues.remove(ue)
        network.gnb1.up(ue, nas.deregistration_request(ue.tmsi))
        yield from network.gnb1.release_context(ue, ("nas", "deregister"))
