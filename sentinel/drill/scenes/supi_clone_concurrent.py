"""A subscriber in two places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SupiCloneConcurrent(Scene):
    """A clone registers at the other gNB while the terminal works."""

    name = "supi-clone-concurrent"
    title = "A subscriber in two places"
    title_zh = "同一用户两处同时在线"
    description = "Terminal 5 is registered at gNB 1; its clone registers at gNB 2, and both speak for forty seconds."
    description_zh = "终端5在基站1注册，其克隆在基站2注册，二者四十秒内均有信令。"
    fires = ("supi-clone-concurrent",)

    def act(self, network: Network) -> Play[None]:
        """Both speak every five seconds."""
        from sentinel.drill.wire import nas

        first = (yield from network.attach(TERMINALS[5], network.gnb1)).ue
        yield 2.0
        clone = (yield from network.attach(TERMINALS[5], network.gnb2)).ue
        for _ in range(8):
            yield 5.0
            for ue in (first, clone):
                gnb = network.gnb1 if ue is first else network.gnb2
                gnb.up(ue, ue.security.up(nas.registration_complete()))


class SupiCloneConcurrentBenign(Scene):
    """The terminal leaves one gNB and registers at the other."""

    name = "supi-clone-concurrent-benign"
    title = "A subscriber moves"
    title_zh = "终端更换基站"
    description = "Terminal 5 deregisters at gNB 1 and registers at gNB 2, where it stays for forty seconds."
    description_zh = "终端5在基站1去注册后在基站2注册并停留四十秒。"

    def act(self, network: Network) -> Play[None]:
        """One after the other."""
        from sentinel.drill.wire import nas

        first = (yield from network.attach(TERMINALS[5], network.gnb1)).ue
        yield 2.0
        yield from network.deregister(first)
        again = (yield from network.attach(TERMINALS[5], network.gnb2)).ue
        for _ in range(8):
            yield 5.0
            network.gnb2.up(again, again.security.up(nas.registration_complete()))
