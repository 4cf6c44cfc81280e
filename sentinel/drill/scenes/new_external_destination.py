"""A machine on the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NewExternalDestination(Scene):
    """A sensor connects to a host on the internet."""

    name = "new-external-destination"
    title = "A sensor reaches the internet"
    title_zh = "传感器访问互联网"
    description = "Terminal 6 connects to 203.0.113.9."
    description_zh = "终端6连接203.0.113.9。"
    fires = ("new-external-destination",)

    def act(self, network: Network) -> Play[None]:
        """Once."""
        from sentinel.drill.traffic import talk

        session = yield from network.attach(TERMINALS[6], network.gnb1)
        yield from talk(network, session, "203.0.113.9", 443, (b"hello", b"hello"))
        yield 0.5


class NewExternalDestinationBenign(Scene):
    """A tablet does."""

    name = "new-external-destination-benign"
    title = "A tablet reaches the internet"
    title_zh = "平板终端访问互联网"
    description = "Terminal 9, a tablet, connects to 203.0.113.9."
    description_zh = "平板终端9连接203.0.113.9。"

    def act(self, network: Network) -> Play[None]:
        """Once."""
        from sentinel.drill.traffic import talk

        session = yield from network.attach(TERMINALS[9], network.gnb1)
        yield from talk(network, session, "203.0.113.9", 443, (b"hello", b"hello"))
        yield 0.5
