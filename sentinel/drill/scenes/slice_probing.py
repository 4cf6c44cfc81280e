"""Which slices are there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import TERMINALS, Slice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class SliceProbing(Scene):
    """A terminal asks for one slice after the other."""

    name = "slice-probing"
    title = "Four slices, none of them the terminal's"
    title_zh = "依次请求四个未授权切片"
    description = "Terminal 9 wants to register for four slices within eight minutes; the AMF rejects each (cause 62)."
    description_zh = "终端 9 八分钟内依次以四个切片请求注册，均被AMF拒绝（原因62）。"
    fires = ("slice-probing", "guti-not-reallocated")

    def act(self, network: Network) -> Play[None]:
        """Four times."""
        yield from _refused(network, 4)


class SliceProbingBenign(Scene):
    """A tablet has an old profile, with two slices that are no more."""

    name = "slice-probing-benign"
    title = "Two slices of an old profile"
    title_zh = "旧配置中的两个切片"
    description = "Terminal 9 wants to register for two slices that it may not use any more, and gives up."
    description_zh = "终端 9 以两个已停用的切片请求注册后放弃。"

    def act(self, network: Network) -> Play[None]:
        """Twice."""
        yield from _refused(network, 2)


def _refused(network: Network, times: int) -> Play[None]:
    from sentinel.drill.moves import ask, lose, refuse
    from sentinel.drill.wire import nas

    network.keep_alive(130.0 * times)
    session = yield from network.attach(TERMINALS[9], network.gnb1)
    ue = session.ue
    yield from lose(network.gnb1, ue)
    network.ues.remove(ue)
    for sst in range(3, 3 + times):
        yield from ask(network, network.gnb1, ue, nas.registration_request(nas.guti(ue.tmsi)))
        yield from refuse(network.gnb1, ue, nas.registration_reject(62, Slice(sst, "0000b1")))
        yield 125.0
