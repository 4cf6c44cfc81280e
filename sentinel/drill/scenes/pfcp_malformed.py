"""PFCP that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import SMF, UPF_N4

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class PfcpMalformed(Scene):
    """Somebody tries what a UPF does not expect."""

    name = "pfcp-malformed"
    title = "Malformed PFCP"
    title_zh = "畸形 PFCP 报文"
    description = (
        "From the address of the SMF come a session establishment without mandatory IEs, an IE that is longer"
        " than its message, and an Outer Header Creation that is empty."
    )
    description_zh = "来自 SMF 地址的会话建立请求缺少必选信元、信元长度越界、外层头创建为空。"
    fires = ("pfcp-malformed",)
    broken = True

    def act(self, network: Network) -> Play[None]:
        """Three messages; the UPF refuses the first."""
        from sentinel.drill.wire import pfcp

        n4 = network.n4
        number = next(n4.smf.sequence)
        n4.request(pfcp.anything(50, number, pfcp.node_id(SMF), seid=0))
        yield 0.0005
        n4.answer(pfcp.anything(51, number, pfcp.node_id(UPF_N4), (19, b"\x42"), (40, b"\x00\x39"), seid=0))
        yield 0.5
        overrun = pfcp.session_change(next(n4.smf.sequence), 1, (10, bytes.fromhex("006c0040")))
        n4.request(overrun)
        yield 0.5
        empty = pfcp.apply_action(1, 2, pfcp.group(11, (84, b"")))
        n4.request(pfcp.session_change(next(n4.smf.sequence), 1, empty))
        yield 0.5


class PfcpMalformedBenign(Scene):
    """A newer release says more than we know."""

    name = "pfcp-malformed-benign"
    title = "PFCP of a newer release"
    title_zh = "较新版本的 PFCP"
    description = (
        "The SMF asks with IEs of a later release and of a vendor, which a receiver skips; the UPF answers "
        "that it does not know the session."
    )
    description_zh = "SMF 的请求携带较新版本和厂商的信元（接收方可跳过）；UPF 回应会话不存在。"

    def act(self, network: Network) -> Play[None]:
        """An association update and a deletion that misses."""
        from sentinel.drill.wire import pfcp

        n4 = network.n4
        number = next(n4.smf.sequence)
        vendor = (0x8001, bytes.fromhex("7ed9") + b"site 12")
        n4.request(pfcp.anything(7, number, pfcp.node_id(SMF), (399, b"\x01\x02"), vendor))
        yield 0.0005
        n4.answer(pfcp.anything(8, number, pfcp.node_id(UPF_N4), (19, b"\x01")))
        yield 0.5
        yield from n4.delete_seid(0x7777)
        yield 0.5
