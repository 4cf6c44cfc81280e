"""Sessions, deleted in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpDeletionFlood(Scene):
    """Somebody deletes sessions by guessing."""

    name = "pfcp-deletion-flood"
    title = "Sessions are deleted in a row"
    title_zh = "批量删除会话"
    description = (
        "From the address of the SMF come twelve deletions within two seconds, one of which cuts terminal 10 "
        "off; N2 says nothing of it."
    )
    description_zh = "来自 SMF 地址的十二个删除请求在两秒内到达，其中一个切断终端 10；N2 无相应过程。"
    fires = ("pfcp-deletion-flood",)

    def act(self, network: Network) -> Play[None]:
        """Guesses and a hit."""
        from sentinel.drill.traffic import ping

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, victim, HTTP, times=1)
        yield 6.0
        for guess in range(11):
            yield from network.n4.delete_seid(0x7000 + guess)
            yield 0.15
        yield from network.n4.delete(victim)
        yield 1.0


class PfcpDeletionFloodBenign(Scene):
    """A shift ends, and its terminals leave."""

    name = "pfcp-deletion-flood-benign"
    title = "Terminals leave one after the other"
    title_zh = "终端相继离网"
    description = (
        "Eleven terminals register, and at the end of the shift all leave within a few seconds; N2 says so of each."
    )
    description_zh = "十一个终端注册，下班时在几秒内相继离网，N2 均有相应过程。"

    def act(self, network: Network) -> Play[None]:
        """They leave as the scene ends."""
        for index in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12):
            dnn = "ot" if index < 3 else "internet"
            yield from network.attach(TERMINALS[index], network.gnb1, dnn)
        yield 6.0
