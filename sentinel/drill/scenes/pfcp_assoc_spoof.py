"""PFCP associations of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import ROGUE_N4, SMF, SMF_STANDBY, UPF_N4

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpAssocSpoof(Scene):
    """A host sets up an association in the name of the SMF."""

    name = "pfcp-assoc-spoof"
    title = "A stolen node id"
    title_zh = "冒用节点标识"
    description = "10.11.4.99 sets up an association with the UPF under the node id of the SMF."
    description_zh = "10.11.4.99 冒用 SMF 的节点标识与 UPF 建立关联。"
    fires = ("pfcp-assoc-spoof", "pfcp-peer-unlisted")

    def act(self, network: Network) -> Play[None]:
        """The UPF takes it."""
        from sentinel.drill.n4 import N4, Smf
        from sentinel.drill.wire import pfcp

        rogue = N4(network, Smf(ROGUE_N4), network.upf)
        number = next(rogue.smf.sequence)
        rogue.request(pfcp.association_setup_request(number, SMF, network.timeline.now))
        yield 0.0005
        rogue.answer(pfcp.association_setup_response(number, UPF_N4, network.timeline.now))
        yield 1.0


class PfcpAssocSpoofBenign(Scene):
    """The SMF releases its association and sets it up again."""

    name = "pfcp-assoc-spoof-benign"
    title = "An association is set up again"
    title_zh = "关联释放后重建"
    description = (
        "The SMF releases its association with the UPF and sets it up again; the second SMF of the register "
        "sets up its own."
    )
    description_zh = "SMF 释放与 UPF 的关联后重建；登记的第二个 SMF 建立自己的关联。"

    def act(self, network: Network) -> Play[None]:
        """Both from where they belong."""
        from sentinel.drill.n4 import N4, Smf

        yield from network.n4.release()
        yield 1.0
        yield from network.n4.associate()
        second = N4(network, Smf(SMF_STANDBY), network.upf)
        yield from second.associate()
        yield 1.0
