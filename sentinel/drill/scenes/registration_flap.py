"""A terminal that comes and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class RegistrationFlap(Scene):
    """A terminal registers and leaves without end."""

    name = "registration-flap"
    title = "A terminal registers six times"
    title_zh = "终端六次反复注册"
    description = "Terminal 7 registers and leaves six times within a minute; its SUCI is of the null scheme."
    description_zh = "终端 7 一分钟内六次注册并离开；其 SUCI 为空保护方案。"
    fires = ("registration-flap", "suci-null-scheme")

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import nas

        for _ in range(6):
            identity = nas.null_suci(TERMINALS[7].supi)
            ue = yield from network.register(TERMINALS[7], network.gnb1, identity=identity)
            yield 3.0
            yield from network.deregister(ue)
            yield 2.0


class RegistrationFlapBenign(Scene):
    """A terminal is restarted once."""

    name = "registration-flap-benign"
    title = "A terminal registers twice"
    title_zh = "终端两次注册"
    description = "Terminal 7 registers, leaves, and registers again."
    description_zh = "终端 7 注册、离开并再次注册。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        ue = yield from network.register(TERMINALS[7], network.gnb1)
        yield 3.0
        yield from network.deregister(ue)
        yield 5.0
        yield from network.register(TERMINALS[7], network.gnb1)
