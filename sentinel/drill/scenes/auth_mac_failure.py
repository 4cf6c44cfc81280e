"""A network that cannot prove itself to the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class AuthMacFailure(Scene):
    """A terminal finds the challenge's MAC wrong each time: a false base station, or a wrong key.

    Its SUCI is of the null scheme, so that the alert can name it; that is a hazard of its own.
    """

    name = "auth-mac-failure"
    title = "A terminal refuses the network's challenge three times"
    title_zh = "终端三次鉴权 MAC 校验失败"
    description = "Terminal 7 answers three challenges with MAC failure and is rejected each time."
    description_zh = "终端 7 对三次鉴权请求均回复 MAC 失败，并被拒绝。"
    fires = ("auth-mac-failure", "suci-null-scheme")

    def act(self, network: Network) -> Play[None]:
        """Three attempts, two seconds apart."""
        from sentinel.drill.wire.nas import null_suci

        ue = network.ue(TERMINALS[7], network.gnb2)
        for _ in range(3):
            yield from ue.gnb.challenge(ue, null_suci(ue.terminal.supi))
            yield from ue.gnb.fail_authentication(ue)
            yield 2.0


class AuthMacFailureBenign(Scene):
    """One MAC failure, as radio errors bring it about; the next challenge is right."""

    name = "auth-mac-failure-benign"
    title = "A single MAC failure, then success"
    title_zh = "单次 MAC 失败后鉴权成功"
    description = "Terminal 7 answers one challenge with MAC failure and the next one rightly."
    description_zh = "终端 7 首次鉴权 MAC 失败，再次鉴权成功。"

    def act(self, network: Network) -> Play[None]:
        """Registration with one more challenge, and a session."""
        from sentinel.drill.wire.nas import profile_a_suci

        ue = network.ue(TERMINALS[7], network.gnb2)
        request = yield from ue.gnb.challenge(ue, profile_a_suci(ue.terminal.supi, network.random))
        yield from ue.gnb.fail_authentication(ue, last=False)
        yield from ue.gnb.secure(ue, request, nea=2)
        network.ues.append(ue)
        yield from network.establish(ue)
        yield 1.0
