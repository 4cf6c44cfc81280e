"""What terminals do inside their tunnels: ping, DNS, HTTP and Modbus/TCP, each as an actor over a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, UDP
from scapy.packet import Packet, Raw

from sentinel.drill import plan
from sentinel.drill.talk import CORE, RADIO, Tcp, Tunnelled
from sentinel.drill.timeline import Play
from sentinel.drill.wire import Exchange
from sentinel.drill.wire import modbus as modbus_tcp

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Session


def ping(network: Network, session: Session, destination: str, times: int = 3, interval: float = 1.0) -> Play[None]:
    """ICMP echo requests and replies."""
    number = network.random.randrange(1, 2**16)
    data = bytes(range(0x30, 0x50))
    for sequence in range(1, times + 1):
        send(network, session, destination, ICMP(type=8, id=number, seq=sequence) / Raw(data))
        yield CORE
        receive(network, session, destination, ICMP(type=0, id=number, seq=sequence) / Raw(data))
        yield interval


def resolve(network: Network, session: Session, name: str, address: str, server: str = plan.DNS) -> Play[None]:
    """A DNS query for an A record, and its answer."""
    port, number = network.random.randrange(32768, 61000), network.random.randrange(2**16)
    question = DNSQR(qname=name)
    send(network, session, server, UDP(sport=port, dport=53) / DNS(id=number, rd=1, qd=question))
    yield CORE
    answer = DNS(id=number, qr=1, rd=1, ra=1, qd=question, an=DNSRR(rrname=name, ttl=60, rdata=address))
    receive(network, session, server, UDP(sport=53, dport=port) / answer)
    yield RADIO


def datagrams(network: Network, session: Session, server: str, port: int, payloads: list[bytes]) -> Play[None]:
    """UDP datagrams to a server that does not answer, ten a second."""
    source = network.random.randrange(32768, 61000)
    for payload in payloads:
        send(network, session, server, UDP(sport=source, dport=port) / Raw(payload))
        yield 0.1


def http(network: Network, session: Session, path: str, server: str = plan.HTTP) -> Play[None]:
    """An HTTP/1.1 GET."""
    flow = Tcp(Tunnelled(network, session, server), 80)
    body = b'{"orders":12,"line":"assembly"}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    yield from flow.connect()
    request = f"GET {path} HTTP/1.1\r\nHost: mes.plant.example\r\nAccept: */*\r\n\r\n"
    yield from flow.exchange(request.encode(), head.encode() + body)
    yield from flow.close()


def modbus(network: Network, session: Session, times: int, interval: float = 1.0, count: int = 8) -> Play[None]:
    """A Modbus/TCP client polls holding registers of the PLC (function 3)."""
    flow, master = Tcp(Tunnelled(network, session, plan.PLC), modbus_tcp.PORT), modbus_tcp.Client()
    yield from flow.connect()
    for _ in range(times):
        registers = [200 + network.random.randrange(20) for _ in range(count)]
        yield from flow.play(master.read(0, registers), pause=interval)
    yield from flow.close()


def send(network: Network, session: Session, destination: str, payload: Packet, protocol: int | None = None) -> None:
    """A packet of the terminal."""
    network.up(session, bytes(network.wire.packet(session.address, destination, payload, protocol)))


def receive(network: Network, session: Session, source: str, payload: Packet, protocol: int | None = None) -> None:
    """A packet for the terminal."""
    network.down(session, bytes(network.wire.packet(source, session.address, payload, protocol)))


def talk(network: Network, session: Session, server: str, port: int, *exchanges: Exchange) -> Play[None]:
    """A TCP connection of a terminal, with one exchange after the other."""
    flow = Tcp(Tunnelled(network, session, server), port)
    yield from flow.connect()
    yield from flow.play(*exchanges)
    yield from flow.close()
