"""Every industrial protocol, once, as a plant uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import HTTP, PLC, TERMINALS

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.subscriber import Session
    from sentinel.drill.timeline import Play


class PlantControl(Scene):
    """An engineering station and a telecontrol gateway do what their work orders say."""

    name = "plant-control"
    title = "Controllers at work"
    title_zh = "控制器业务"
    description = (
        "Two terminals read, write and control over Modbus, S7comm, S7comm-plus, EtherNet/IP, IEC 104 and DNP3; "
        "nothing is wrong."
    )
    description_zh = "两个终端通过 Modbus、S7comm、S7comm-plus、EtherNet/IP、IEC 104 与 DNP3 读、写与控制，无异常。"

    def act(self, network: Network) -> Play[None]:
        """One protocol after the other."""
        station = yield from network.attach(TERMINALS[10], network.gnb1, "ot")
        yield from _modbus(network, station)
        yield from _s7(network, station)
        yield from _enip(network, station)
        gateway = yield from network.attach(TERMINALS[2], network.gnb2, "ot")
        yield from _telecontrol(network, gateway)
        yield 0.5


class PlantServers(Scene):
    """A gateway brings data to the servers of the plant."""

    name = "plant-servers"
    title = "Plant servers at work"
    title_zh = "工厂服务器业务"
    description = "A terminal reads and writes over OPC UA, publishes over MQTT and talks TLS; nothing is wrong."
    description_zh = "终端通过 OPC UA 读写、通过 MQTT 发布数据并使用 TLS 通信，无异常。"
    fires = ("opcua-insecure",)  # nobody could read it otherwise

    def act(self, network: Network) -> Play[None]:
        """One server after the other."""
        gateway = yield from network.attach(TERMINALS[2], network.gnb2, "ot")
        yield from _opcua(network, gateway)
        yield from _mqtt(network, gateway)
        yield from _tls(network, gateway)
        yield 0.5


def _modbus(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import modbus

    flow, master = Tcp(Tunnelled(network, session, PLC), modbus.PORT), modbus.Client()
    yield from flow.connect()
    yield from flow.play(
        master.device_identification("Plant", "PLC-1", "2.4"),
        master.read(100, [201, 202]),
        master.read_coils(0, [True, False, True]),
        master.write(100, 205),
        master.write(110, 1, 2, 3),
        master.write_coil(4, on=True),
        master.write_coils(8, [True, True, False]),
        master.mask_write(120, 0xFFF0, 0x0005),
        master.diagnostics(0, 0x1234),
        master.refused(master.read(9000, [0])),
    )
    yield from flow.close()


def _s7(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import s7

    flow, plc = Tcp(Tunnelled(network, session, PLC), s7.PORT), s7.Client()
    yield from flow.connect()
    yield from flow.play(
        *plc.connect(),
        plc.module_identification("6ES7 315-2EH14-0AB0"),
        plc.read("DB1.DBW10", 720),
        plc.read("MR20", 21.5),
        plc.write("DB1.DBW10", -75),
        plc.write("DB1.DBR12", 42.5),
        plc.write("M0.3", 1),
        plc.write("DB99.DBW0", 1, s7.OBJECT_DOES_NOT_EXIST),
        *plc.upload("DB1", bytes(range(32))),
        *plc.download("DB1", bytes(range(32))),
        plc.plc_stop(),
        plc.plc_start(),
    )
    yield from flow.close()
    flow, plus = Tcp(Tunnelled(network, session, PLC), s7.PORT), s7.PlusClient()
    yield from flow.connect()
    yield from flow.play(*plus.connect(), plus.explore(), plus.set_operating_state(run=True))
    yield from flow.close()


def _enip(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled, Udp
    from sentinel.drill.wire import enip

    way, plc = Tunnelled(network, session, PLC), enip.Client()
    yield from Udp(way, enip.PORT).play(plc.list_identity())
    flow = Tcp(way, enip.PORT)
    yield from flow.connect()
    yield from flow.play(
        plc.register(),
        plc.read_tag("Line.Speed", 1200),
        plc.write_tag("Line.Speed", 1250),
        plc.write_tag("Oven.Setpoint", 181.5),
        plc.set_attribute(0x0F, 1, 1, b"\x2a\x00"),
        plc.forward_open(),
        plc.stop(),
        plc.reset(status=enip.PRIVILEGE_VIOLATION),
        plc.unregister(),
    )
    yield from flow.close()
    io = Udp(way, enip.IO_PORT, enip.IO_PORT)
    yield from io.play(*((enip.implicit(0x00BB0001, number, bytes(4)), b"") for number in range(3)), pause=0.01)


def _telecontrol(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import dnp3, iec104

    flow, station = Tcp(Tunnelled(network, session, PLC), iec104.PORT), iec104.Client(address=3)
    yield from flow.connect()
    yield from flow.play(
        station.start_dt(),
        station.interrogate({100: True, 101: False}, {700: 49.98}),
        station.spontaneous(700, 50.02),
        station.acknowledge(),
        station.single_command(200, on=True, select=True),
        station.single_command(200, on=True),
        station.double_command(201, on=False, refused=True),
        station.set_point(300, 50.5),
        station.set_point(301, -120),
        station.test(),
        station.stop_dt(),
    )
    yield from flow.close()
    flow, outstation = Tcp(Tunnelled(network, session, PLC), dnp3.PORT), dnp3.Client()
    yield from flow.connect()
    yield from flow.play(
        outstation.read_classes({0: True, 1: False}, {0: -42}),
        *outstation.operate(3, dnp3.CLOSE, direct=False),
        *outstation.operate(4),
        *outstation.set_point(5, 1500),
        *outstation.set_point(6, 21.5, status=dnp3.NOT_SUPPORTED),
        *outstation.unsolicited(0, on=False),
        outstation.disable_unsolicited(),
        outstation.restart(cold=False),
    )
    yield from flow.close()


def _opcua(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import opcua

    flow = Tcp(Tunnelled(network, session, HTTP), opcua.PORT)
    ua = opcua.Client(f"opc.tcp://{HTTP}:4840")
    yield from flow.connect()
    speed, start = "ns=2;s=Pump.Speed", "ns=2;s=Pump.Start"
    yield from flow.play(
        *ua.connect("operator", "made-up"),
        ua.read((speed, 41.5)),
        ua.write((speed, 42.5), ("ns=4;i=77", 3)),
        ua.write(("ns=4;i=78", True), result=opcua.BAD_USER_ACCESS_DENIED),
        ua.call("ns=2;s=Pump", start, "slow"),
        *ua.close(),
    )
    yield from flow.close()


def _mqtt(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import mqtt

    flow, client = Tcp(Tunnelled(network, session, HTTP), mqtt.PORT), mqtt.Client("gateway-2")
    yield from flow.connect()
    yield from flow.play(
        client.connect("gateway", "made-up", will=("plant/line1/status", "gone")),
        client.subscribe("plant/line1/cmd/#"),
        *client.publish("plant/line1/status", b"online", qos=1, retain=True),
        *client.publish("plant/line1/temperature", b"21.5"),
        *client.publish("plant/line1/batch", b"4711", qos=2),
        client.delivered("plant/line1/cmd/speed", b"1250"),
        client.ping(),
        client.disconnect(),
    )
    yield from flow.close()


def _tls(network: Network, session: Session) -> Play[None]:
    from sentinel.drill.talk import Tcp, Tunnelled
    from sentinel.drill.wire import tls

    way, random = Tunnelled(network, session, HTTP), network.random
    for version, subject in ((tls.TLS_1_2, "mes.plant.example"), (tls.TLS_1_3, "")):
        flow = Tcp(way, tls.PORT)
        yield from flow.connect()
        yield from flow.play(*tls.handshake(random, "mes.plant.example", version, subject, "plant-ca"))
        yield from flow.play(tls.data(random, 120, 400))
        yield from flow.close()
