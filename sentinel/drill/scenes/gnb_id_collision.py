"""Two gNBs with one identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB1, GNB2, ROGUE_N2, ROGUE_N3, Station

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GnbIdCollision(Scene):
    """A host claims the identity of a gNB that is in service, and the AMF takes both."""

    name = "gnb-id-collision"
    title = "A second gNB with the identity of the first"
    title_zh = "两个基站使用同一标识"
    description = "10.11.2.150 sets up NG as gNB 1 while gNB 1 is in service, and stays for 40 seconds."
    description_zh = "基站 1 在线时，10.11.2.150 以同一基站标识发起 NG Setup，并保持在线 40 秒。"
    fires = ("gnb-id-collision", "gnb-unlisted-ngsetup")

    def act(self, network: Network) -> Play[None]:
        """Both associations stay alive for longer than a failover would take."""
        rogue = network.gnb(Station(GNB1.id, GNB1.name, (ROGUE_N2,), ROGUE_N3))
        yield from rogue.start()
        for _ in range(4):
            yield 10.0
            yield from network.gnb1.association.heartbeat()
            yield from rogue.association.heartbeat()
        yield from rogue.association.shutdown()


class GnbIdCollisionBenign(Scene):
    """One gNB over two paths of one association; another that fails over to its standby CU."""

    name = "gnb-id-collision-benign"
    title = "SCTP multihoming and a CU failover"
    title_zh = "SCTP 多归属与 CU 主备切换"
    description = (
        "gNB 1 announces both its addresses in INIT and goes on over the second; the standby CU of gNB 2 takes over, "
        "and the active one leaves eight seconds later."
    )
    description_zh = "基站 1 在 INIT 中声明两个地址，随后改走第二条路径；基站 2 的备用 CU 接管，主用 CU 八秒后退出。"

    def act(self, network: Network) -> Play[None]:
        """The multi-homed association first, then the overlap of two."""
        from sentinel.drill.wire import ngap

        yield from network.gnb1.association.shutdown()
        yield 1.0
        multihomed = network.gnb(GNB1, GNB1.n2)
        network.gnbs.append(multihomed)
        yield from multihomed.start()
        link = multihomed.association
        yield from link.heartbeat(path=GNB1.n2[1])
        yield 0.5
        link.up(ngap.ran_configuration_update(GNB1.name), source=GNB1.n2[1])
        yield 0.002
        link.down(ngap.ran_configuration_update_acknowledge())
        yield 1.0
        standby = network.gnb(GNB2, GNB2.n2[1:])
        network.gnbs.append(standby)
        yield from standby.start()
        yield 4.0
        yield from standby.association.heartbeat()
        yield 4.0
        yield from network.gnb2.association.shutdown()
        yield 2.0
        yield from standby.association.heartbeat()
