"""Traffic of a terminal, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, ROGUE_N3, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpFarDuplicate(Scene):
    """The UPF is told to send a copy of everything elsewhere."""

    name = "pfcp-far-duplicate"
    title = "A duplication rule is installed"
    title_zh = "下发流量复制规则"
    description = "The SMF changes the downlink rule of terminal 10: forward, and duplicate to 10.11.3.150."
    description_zh = "SMF 修改终端 10 的下行规则：转发并复制到 10.11.3.150。"
    fires = ("pfcp-far-duplicate",)

    def act(self, network: Network) -> Play[None]:
        """A session at work, then the rule."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import pfcp

        victim = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, victim, HTTP, times=1)
        number = next(network.n4.smf.sequence)
        header = bytes.fromhex("0100" + f"{0x666:08x}") + bytes(map(int, ROGUE_N3.split(".")))
        copies = pfcp.group(105, (42, b"\x03"), (84, header))  # Update Duplicating Parameters, to an LI function
        network.n4.request(pfcp.session_change(number, victim.up_seid, pfcp.apply_action(1, 0x12, copies)))
        yield 0.0003
        network.n4.answer(pfcp.session_modification_response(number, victim.cp_seid))
        yield 1.0


class PfcpFarDuplicateBenign(Scene):
    """A terminal goes idle, and its traffic waits."""

    name = "pfcp-far-duplicate-benign"
    title = "Downlink is buffered while a terminal is idle"
    title_zh = "终端空闲时下行缓存"
    description = "The SMF tells the UPF to buffer the downlink of terminal 10 and to say so, then to forward it again."
    description_zh = "SMF 指示 UPF 缓存终端 10 的下行报文并通知，随后恢复转发。"

    def act(self, network: Network) -> Play[None]:
        """Buffer, then forward."""
        from sentinel.drill.traffic import ping
        from sentinel.drill.wire import pfcp

        session = yield from network.attach(TERMINALS[10], network.gnb1)
        yield from ping(network, session, HTTP, times=1)
        number = next(network.n4.smf.sequence)
        network.n4.request(pfcp.session_change(number, session.up_seid, pfcp.apply_action(1, 0x0C)))
        yield 0.0003
        network.n4.answer(pfcp.session_modification_response(number, session.cp_seid))
        yield 1.0
        yield from network.n4.modify(session, session.ue.gnb.station.n3, session.dl_teid)
        yield 0.5
