"""A session without the protection that its slice requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AsSecurityWeak(Scene):
    """The SMF switches protection of the user plane off for the control slice."""

    name = "as-security-weak"
    title = "User plane protection switched off"
    title_zh = "控制切片的用户面保护被关闭"
    description = "A session in the control slice is set up with integrity and confidentiality not needed."
    description_zh = '控制切片的会话以"不需要"完整性与机密性保护的方式建立。'
    fires = ("as-security-weak",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[2], network.gnb1)
        yield from network.gnb1.set_up_session(network.session(ue, "ot"), protection="not-needed")
        yield 1.0


class AsSecurityWeakBenign(Scene):
    """The control slice as its policy is, and another slice without protection."""

    name = "as-security-weak-benign"
    title = "User plane protection as the policy says"
    title_zh = "用户面保护符合策略"
    description = "A session in the control slice is protected; one in the internet slice, which has no policy, is not."
    description_zh = "控制切片的会话受保护；无策略要求的互联网切片会话不受保护。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[2], network.gnb1)
        yield from network.gnb1.set_up_session(network.session(ue, "ot"), protection="required")
        yield 1.0
        other = yield from network.register(TERMINALS[3], network.gnb1)
        yield from network.gnb1.set_up_session(network.session(other), protection="not-needed")
        yield 1.0
