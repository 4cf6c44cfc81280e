"""Two machines behind one SIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
_ANDROID = "Mozilla/5.0 (Linux; Android 14; Tablet) AppleWebKit/537.36"


class HiddenNetworkBehindUe(Scene):
    """A tablet shares its connection with a notebook."""

    name = "hidden-network-behind-ue"
    title = "A notebook behind a tablet"
    title_zh = "平板后接笔记本电脑"
    description = "Terminal 7, a tablet, asks the MES as Android and, ten seconds later, as Windows."
    description_zh = "终端 7（平板）先以 Android、十秒后以 Windows 访问 MES。"
    fires = ("hidden-network-behind-ue",)

    def act(self, network: Network) -> Play[None]:
        """Two systems."""
        yield from _ask(network, _ANDROID, _WINDOWS)


class HiddenNetworkBehindUeBenign(Scene):
    """The tablet alone, with two browsers."""

    name = "hidden-network-behind-ue-benign"
    title = "Two browsers of one tablet"
    title_zh = "同一平板的两个浏览器"
    description = "Terminal 7, a tablet, asks the MES with two browsers, both on Android."
    description_zh = "终端 7（平板）以同为 Android 的两个浏览器访问 MES。"

    def act(self, network: Network) -> Play[None]:
        """One system."""
        yield from _ask(network, _ANDROID, _ANDROID.replace("AppleWebKit/537.36", "Gecko/20100101"))


def _ask(network: Network, *agents: str) -> Play[None]:
    from sentinel.drill.traffic import talk

    session = yield from network.attach(TERMINALS[7], network.gnb1)
    for agent in agents:
        request = f"GET /orders HTTP/1.1\r\nHost: mes.plant.example\r\nUser-Agent: {agent}\r\n\r\n".encode()
        yield from talk(network, session, HTTP, 80, (request, b"HTTP/1.1 204 No Content\r\n\r\n"))
        yield 10.0
