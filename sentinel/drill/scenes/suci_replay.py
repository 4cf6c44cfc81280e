"""A concealed identity that comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SuciReplay(Scene):
    """Somebody who listened sends a terminal's SUCI again, to learn whether it is here."""

    name = "suci-replay"
    title = "A SUCI is replayed at another gNB"
    title_zh = "SUCI 在另一基站重放"
    description = "The SUCI with which terminal 5 registered at gNB 1 comes again at gNB 2, two minutes later."
    description_zh = "终端 5 在基站 1 注册所用的 SUCI，两分钟后在基站 2 再次出现。"
    fires = ("suci-replay",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        suci = nas.profile_a_suci(TERMINALS[5].supi, network.random)
        yield from network.register(TERMINALS[5], network.gnb1, identity=suci)
        for gnb in network.gnbs:
            network.play(gnb.heartbeats(4, 25.0))
        yield 120.0
        probe = network.ue(TERMINALS[5], network.gnb2)
        yield from network.gnb2.challenge(probe, suci)
        yield from network.gnb2.fail_authentication(probe)


class SuciReplayBenign(Scene):
    """A terminal tries again with the same SUCI while its timer runs."""

    name = "suci-replay-benign"
    title = "A terminal tries again with its SUCI"
    title_zh = "终端以相同 SUCI 重试"
    description = "Terminal 5's first attempt is refused for congestion; it tries again after twenty seconds."
    description_zh = "终端 5 首次尝试因拥塞被拒，二十秒后以相同 SUCI 重试。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.moves import ask, refuse
        from sentinel.drill.wire import nas

        suci = nas.profile_a_suci(TERMINALS[5].supi, network.random)
        ue = network.ue(TERMINALS[5], network.gnb1)
        yield from ask(network, network.gnb1, ue, nas.registration_request(suci))
        yield from refuse(network.gnb1, ue, nas.registration_reject(22))
        yield 20.0
        yield from network.register(TERMINALS[5], network.gnb1, identity=suci)
