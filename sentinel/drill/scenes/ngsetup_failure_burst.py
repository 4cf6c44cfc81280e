"""NG Setups that fail, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB3, PLMN, SLICES, TAC, Slice

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class NgsetupFailureBurst(Scene):
    """A gNB tries one PLMN, tracking area and slice after the other until the AMF tells it what it has."""

    name = "ngsetup-failure-burst"
    title = "A gNB guesses at the core's configuration"
    title_zh = "基站反复试探核心网配置"
    description = "gNB 3 offers four wrong combinations of PLMN, TAC and slice; the AMF refuses each."
    description_zh = "基站 3 依次尝试四组错误的 PLMN、TAC 与切片组合，均被 AMF 拒绝。"
    fires = ("ngsetup-failure-burst",)

    def act(self, network: Network) -> Play[None]:
        """Four failures over one association, five seconds apart as Time To Wait asks."""
        prober = network.gnb(GNB3)
        yield from prober.connect()
        guesses = [
            ({TAC: ("00101", SLICES)}, "unknown-PLMN-or-SNPN"),
            ({99: (PLMN, SLICES)}, "unspecified"),
            ({TAC: (PLMN, [Slice(77)])}, "unspecified"),
            ({99: ("00101", [Slice(77)])}, "unknown-PLMN-or-SNPN"),
        ]
        for tas, cause in guesses:
            yield from prober.set_up(tas, refused=cause)
            yield 5.0
        yield from prober.association.shutdown()


class NgsetupFailureBurstBenign(Scene):
    """After maintenance a gNB is back before the AMF takes it."""

    name = "ngsetup-failure-burst-benign"
    title = "A gNB is refused after maintenance"
    title_zh = "检修后基站接入被拒"
    description = "The AMF, still locked by its operator, refuses gNB 3 twice, over a new association each time."
    description_zh = "AMF 仍处于运维锁定，两次拒绝基站 3，每次均为新建关联，第三次 NG Setup 成功。"

    def act(self, network: Network) -> Play[None]:
        """Failure, restart, failure, restart, success."""
        gnb = network.gnb(GNB3)
        network.gnbs.append(gnb)
        for _ in range(2):
            yield from gnb.connect()
            yield from gnb.set_up(refused="om-intervention")
            yield 5.0
        yield from gnb.start()
        yield 2.0
