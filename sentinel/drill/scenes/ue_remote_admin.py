"""Remote administration where it is not usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class UeRemoteAdmin(Scene):
    """A camera opens SSH to the controller."""

    name = "ue-remote-admin"
    title = "SSH from a terminal that never used it"
    title_zh = "终端首次使用 SSH"
    description = "After eleven quiet minutes terminal 8, a sensor, opens SSH to the PLC."
    description_zh = "平静十一分钟后，终端 8（传感器）向 PLC 发起 SSH。"
    fires = ("ue-remote-admin",)

    def act(self, network: Network) -> Play[None]:
        """Long after the monitor began."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[8], network.gnb1)
        network.keep_alive(665.0)
        yield from ping(network, session, HTTP, times=34, interval=20.0)
        flow = Tcp(Tunnelled(network, session, PLC), 22)
        yield from flow.connect()
        yield from flow.exchange(b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-dropbear\r\n")
        yield from flow.close()


class UeRemoteAdminBenign(Scene):
    """A tablet of the maintenance does it every day."""

    name = "ue-remote-admin-benign"
    title = "SSH that is usual"
    title_zh = "惯常的 SSH"
    description = (
        "Terminal 9, a tablet of the maintenance, opens SSH to the server from the start, and again eleven "
        "minutes later."
    )
    description_zh = "终端 9（维护平板）自始即向服务器发起 SSH，十一分钟后再次发起。"

    def act(self, network: Network) -> Play[None]:
        """The same pair, early and late."""
        from sentinel.drill.talk import Tcp, Tunnelled
        from sentinel.drill.traffic import ping

        session = yield from network.attach(TERMINALS[9], network.gnb1)
        network.keep_alive(665.0)
        for late in (False, True):
            if late:
                yield from ping(network, session, HTTP, times=34, interval=20.0)
            flow = Tcp(Tunnelled(network, session, HTTP), 22)
            yield from flow.connect()
            yield from flow.exchange(b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.3\r\n")
            yield from flow.close()
