"""A program goes from one terminal to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Session
    from sentinel.drill.timeline import Play

_PROGRAM = b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x02\x00\x28\x00" + bytes(300)


class ToolTransfer(Scene):
    """A tablet puts a program on a robot."""

    name = "tool-transfer"
    title = "A tablet sends a program to a robot over HTTP"
    title_zh = "平板经HTTP向机器人传输程序"
    description = "Terminal 9 uploads an ELF program to terminal 11 over a port that the plan allows them."
    description_zh = "终端 9 经计划允许的端口向终端 11 上传一个 ELF 程序。"
    fires = ("tool-transfer",)

    def act(self, network: Network) -> Play[None]:
        """POST of a program."""
        yield from _upload(network, _PROGRAM)


class ToolTransferBenign(Scene):
    """It puts a recipe there, and gets its own update from the server."""

    name = "tool-transfer-benign"
    title = "A recipe for a robot, and an update from the server"
    title_zh = "向机器人下发配方并从服务器更新"
    description = "Terminal 9 uploads a recipe to terminal 11, and gets a program from the MES."
    description_zh = "终端 9 向终端 11 上传配方，并从MES下载程序。"

    def act(self, network: Network) -> Play[None]:
        """POST of JSON, and a program from where programs come from."""
        from sentinel.drill.talk import Tcp, Tunnelled

        session = yield from _upload(network, b'{"recipe":7,"speed":0.4}')
        flow = Tcp(Tunnelled(network, session, HTTP), 80)
        yield from flow.connect()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_PROGRAM)}\r\n\r\n".encode()
        yield from flow.exchange(b"GET /update HTTP/1.1\r\nHost: mes.plant.example\r\n\r\n", head + _PROGRAM)
        yield from flow.close()


def _upload(network: Network, body: bytes) -> Play[Session]:
    from sentinel.drill.talk import Between, Tcp

    tablet = yield from network.attach(TERMINALS[9], network.gnb1)
    robot = yield from network.attach(TERMINALS[11], network.gnb2)
    flow = Tcp(Between(network, tablet, robot), 443)
    head = f"POST /upload HTTP/1.1\r\nHost: {robot.address}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    yield from flow.connect()
    yield from flow.exchange(head + body, b"HTTP/1.1 204 No Content\r\n\r\n")
    yield from flow.close()
    return tablet
