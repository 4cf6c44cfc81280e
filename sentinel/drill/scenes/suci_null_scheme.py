"""A SUCI that hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SuciNullScheme(Scene):
    """A terminal sends its SUPI in clear, for want of the home network's key."""

    name = "suci-null-scheme"
    title = "A terminal registers with its identity in clear"
    title_zh = "终端以明文身份注册"
    description = "Terminal 6 registers with a SUCI of the null scheme."
    description_zh = "终端 6 以空保护方案的 SUCI 注册。"
    fires = ("suci-null-scheme",)

    def act(self, network: Network) -> Play[None]:
        """Registration, a session, a ping."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire.nas import null_suci

        terminal = TERMINALS[6]
        ue = yield from network.register(terminal, network.gnb1, identity=null_suci(terminal.supi))
        session = yield from network.establish(ue)
        yield from ping(network, session, HTTP, times=2)


class SuciNullSchemeBenign(Scene):
    """The same terminal once it has the key."""

    name = "suci-null-scheme-benign"
    title = "A terminal registers with its identity concealed"
    title_zh = "终端以加密身份注册"
    description = "Terminal 6 registers with a SUCI of profile A."
    description_zh = "终端 6 以 Profile A 加密的 SUCI 注册。"

    def act(self, network: Network) -> Play[None]:
        """Registration, a session, a ping."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[6], network.gnb1)
        yield from ping(network, session, HTTP, times=2)
