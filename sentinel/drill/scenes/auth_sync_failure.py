"""Sequence numbers that do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AuthSyncFailure(Scene):
    """Two SIMs share a key: the sequence numbers of one are always behind."""

    name = "auth-sync-failure"
    title = "Synch failure again and again"
    title_zh = "反复鉴权同步失败"
    description = "Terminal 7 answers three challenges with synch failure; its SUCI is of the null scheme."
    description_zh = "终端 7 三次以同步失败应答鉴权；其 SUCI 为空保护方案。"
    fires = ("auth-sync-failure", "suci-null-scheme")

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb2, network.ue(TERMINALS[7], network.gnb2)
        yield from gnb.challenge(ue, nas.null_suci(ue.terminal.supi))
        for _ in range(3):
            gnb.up(ue, nas.authentication_failure(nas.SYNCH_FAILURE, network.random.randbytes(14)))
            yield 0.01
            gnb.down(ue, nas.authentication_request(network.random))
            yield 0.02
        yield from gnb.fail_authentication(ue)


class AuthSyncFailureBenign(Scene):
    """A SIM resynchronises once, as after a restored backup."""

    name = "auth-sync-failure-benign"
    title = "One synch failure, then success"
    title_zh = "单次同步失败后成功"
    description = "Terminal 7 answers one challenge with synch failure and the next one rightly."
    description_zh = "终端 7 首次鉴权同步失败，再次鉴权成功。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        gnb, ue = network.gnb2, network.ue(TERMINALS[7], network.gnb2)
        request = yield from gnb.challenge(ue, nas.profile_a_suci(ue.terminal.supi, network.random))
        gnb.up(ue, nas.authentication_failure(nas.SYNCH_FAILURE, network.random.randbytes(14)))
        yield 0.01
        gnb.down(ue, nas.authentication_request(network.random))
        yield 0.02
        yield from gnb.secure(ue, request, 2)
        network.ues.append(ue)
