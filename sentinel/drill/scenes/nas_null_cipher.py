"""NAS that is not ciphered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NasNullCipher(Scene):
    """The AMF chooses NEA0, and everything that the terminal and it say can be read."""

    name = "nas-null-cipher"
    title = "NAS without ciphering"
    title_zh = "NAS 信令未加密"
    description = "The AMF selects NEA0 for terminal 5; address, DNN and GUTI travel in clear."
    description_zh = "AMF 为终端 5 选择 NEA0，地址、DNN 与 GUTI 以明文传输。"
    fires = ("nas-null-cipher",)

    def act(self, network: Network) -> Play[None]:
        """Registration, a session, a ping."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[5], network.gnb1, nea=0)
        yield from ping(network, session, HTTP, times=2)


class NasNullCipherBenign(Scene):
    """The same terminal with NEA2."""

    name = "nas-null-cipher-benign"
    title = "NAS with 128-NEA2"
    title_zh = "NAS 信令采用 128-NEA2 加密"
    description = "The AMF selects 128-NEA2 for terminal 5."
    description_zh = "AMF 为终端 5 选择 128-NEA2。"

    def act(self, network: Network) -> Play[None]:
        """Registration, a session, a ping."""
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[5], network.gnb1, nea=2)
        yield from ping(network, session, HTTP, times=2)
