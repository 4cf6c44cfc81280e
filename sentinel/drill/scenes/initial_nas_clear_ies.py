"""A first message that says too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class InitialNasClearIes(Scene):
    """An old modem names the slices it wants before there is security."""

    name = "initial-nas-clear-ies"
    title = "A plain registration with its slices"
    title_zh = "明文注册请求携带切片信息"
    description = "Terminal 5's plain Registration Request carries the Requested NSSAI."
    description_zh = "终端 5 的明文注册请求携带 Requested NSSAI。"
    fires = ("initial-nas-clear-ies",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter
        from sentinel.drill.wire import nas

        identity = nas.profile_a_suci(TERMINALS[5].supi, network.random)
        request = nas.registration_request(identity, more={"NSSAI": bytes.fromhex("0101")})
        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1), request)
        yield 1.0


class InitialNasClearIesBenign(Scene):
    """A modem that says only what it must."""

    name = "initial-nas-clear-ies-benign"
    title = "A plain registration with what is needed"
    title_zh = "明文注册请求仅含必要信元"
    description = "Terminal 5's Registration Request has the cleartext IEs only."
    description_zh = "终端 5 的注册请求仅包含允许明文的信元。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import enter

        yield from enter(network, network.gnb1, network.ue(TERMINALS[5], network.gnb1))
        yield 1.0
