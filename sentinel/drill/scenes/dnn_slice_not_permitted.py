"""A session that its terminal may not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class DnnSliceNotPermitted(Scene):
    """A sensor of the office network opens a session in the control network."""

    name = "dnn-slice-not-permitted"
    title = "A session in a slice that is not the terminal's"
    title_zh = "终端在未授权切片建立会话"
    description = (
        "Terminal 6, a sensor that may use slice 1 and the DNN internet, gets a session in slice 2 for the DNN ot."
    )
    description_zh = "终端 6（传感器，仅允许切片 1 与 DNN internet）获得切片 2、DNN ot 的会话。"
    fires = ("dnn-slice-not-permitted",)

    def act(self, network: Network) -> Play[None]:
        """The core allows what the register does not."""
        ue = yield from network.register(TERMINALS[6], network.gnb1)
        yield from network.establish(ue, "ot")
        yield 0.5


class DnnSliceNotPermittedBenign(Scene):
    """A tablet that may use both."""

    name = "dnn-slice-not-permitted-benign"
    title = "Sessions in both slices of a terminal"
    title_zh = "终端在其两个授权切片建立会话"
    description = "Terminal 4, a tablet that may use both slices and both DNNs, opens a session in each."
    description_zh = "终端 4（平板，允许两个切片与 DNN）在两个切片中各建立一个会话。"

    def act(self, network: Network) -> Play[None]:
        """Two sessions."""
        ue = yield from network.register(TERMINALS[4], network.gnb1)
        yield from network.establish(ue)
        yield from network.establish(ue, "ot")
        yield 0.5
