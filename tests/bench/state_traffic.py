"""Events of a plant for the benches of State: terminals that register, sessions on N2 and N4, flows and polls on N3."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from sentinel.model.event import Event, PlainEvent, Value

SECOND = 10**9
START = 1_790_000_000 * SECOND
AMF, SMF, UPF_N4, UPF_N3 = "10.11.2.10", "10.11.4.30", "10.11.4.20", "10.11.3.20"
GNBS = 50
Fields = dict[str, Value]


def _ran(gnb: int, *, up: bool) -> Fields:
    ran, amf = (f"10.12.{gnb}.1", 50000), (AMF, 38412)
    (source, source_port), (destination, port) = (ran, amf) if up else (amf, ran)
    return {"source.ip": source, "source.port": source_port, "destination.ip": destination, "destination.port": port,
            "network.transport": "sctp", "fiveg.sctp.vtag": "0x00000001", "fiveg.sctp.stream": 1}  # fmt: skip


def address(terminal: int) -> str:
    """The address of a terminal's session."""
    return f"10.{64 + (terminal >> 16)}.{terminal >> 8 & 255}.{terminal & 255}"


class Plant:
    """Makes events, each a millisecond after the last."""

    def __init__(self, step: int = SECOND // 1000) -> None:
        self._numbers = count(1)
        self._step = step

    def event(self, kind: str, fields: Fields) -> Event:
        """The next event."""
        number = next(self._numbers)
        time = START + number * self._step
        return PlainEvent(kind, time, f"{time:016x}-{number:016x}", "bench", number, {"event.action": kind, **fields})

    def gnbs(self) -> Iterator[Event]:
        """All base stations set up."""
        for gnb in range(GNBS):
            names: Fields = {"fiveg.gnb.id": str(gnb), "fiveg.gnb.plmn": "99970", "fiveg.gnb.name": f"gnb{gnb}"}
            yield self.event("ngap.ng_setup_request", {**_ran(gnb, up=True), **names})
            yield self.event("ngap.ng_setup_response", _ran(gnb, up=False))

    def registration(self, terminal: int, sessions: int = 1) -> Iterator[Event]:
        """One terminal registers and has its sessions set up."""
        gnb, supi = terminal % GNBS, f"99970{terminal:010}"
        ids: Fields = {"fiveg.ran_ue_ngap_id": str(terminal)}
        both: Fields = {**ids, "fiveg.amf_ue_ngap_id": str(terminal)}
        place: Fields = {"fiveg.nci": f"0x{gnb:09x}", "fiveg.tac": "1", "fiveg.plmn": "99970"}
        up, down = {**_ran(gnb, up=True), **place}, _ran(gnb, up=False)

        def ngap(kind: str, ends: Fields, code: int, pdu: str = "initiating_message", **more: Value) -> Event:
            extra: Fields = {name.replace("__", "."): value for name, value in more.items()}
            said: Fields = {"fiveg.ngap.procedure_code": code, "fiveg.ngap.pdu_type": pdu}
            return self.event(f"ngap.{kind}", {**ends, **said, **extra})

        yield ngap("initial_ue_message", {**up, **ids}, 15)
        yield self.event("nas.registration_request", {**up, **ids, "fiveg.supi": supi, "fiveg.suci": f"suci-{supi}",
                         "fiveg.suci.scheme": 0, "fiveg.nas.security_header": 0, "fiveg.nas.ue_nea": ("NEA0", "NEA2"),
                         "fiveg.nas.ue_nia": ("NIA0", "NIA2"), "fiveg.nas.registration_type": "initial"})  # fmt: skip
        for sequence, (kind, header) in enumerate(
            (("authentication_request", 0), ("authentication_response", 0), ("security_mode_command", 3),
             ("security_mode_complete", 4), ("registration_accept", 2), ("registration_complete", 2))
        ):  # fmt: skip
            ends = up if kind.endswith(("response", "complete")) else down
            yield ngap("uplink_nas_transport" if ends is up else "downlink_nas_transport", {**ends, **both}, 46)
            more: Fields = {
                "fiveg.nas.security_header": header,
                "fiveg.nas.cipher": "NEA2",
                "fiveg.nas.integrity": "NIA2",
            }
            if header:
                more |= {"fiveg.nas.sequence": sequence, "fiveg.nas.mac": f"{terminal * 8 + sequence:08x}"}
            if kind == "registration_accept":
                more |= {"fiveg.tmsi": f"0x{terminal:08x}", "fiveg.guti": f"99970-2-1-0-{terminal:08x}"}
            yield self.event(f"nas.{kind}", {**ends, **both, **more})
        for psi in range(1, sessions + 1):
            yield from self._session(terminal, psi, supi, {**up, **both}, {**down, **both}, gnb)

    def _session(self, terminal: int, psi: int, supi: str, up: Fields, down: Fields, gnb: int) -> Iterator[Event]:
        number = terminal * 4 + psi
        seid, teid = f"0x{number:016x}", f"0x{number:08x}"
        cp: Fields = {"source.ip": SMF, "source.port": 8805, "destination.ip": UPF_N4, "destination.port": 8805}
        upf: Fields = {"source.ip": UPF_N4, "source.port": 8805, "destination.ip": SMF, "destination.port": 8805}
        asked: Fields = {"fiveg.pfcp.sequence": number * 2 % 2**24}
        yield self.event("pfcp.session_establishment_request", {**cp, **asked, "fiveg.supi": supi, "fiveg.pei": f"35{terminal:012}17",
                         "fiveg.dnn": "ot", "fiveg.snssai.sst": 1, "fiveg.pfcp.f_seid.seid": seid, "fiveg.pfcp.seid": "0x0",
                         "fiveg.pdu_session.ue_ip": address(number), "fiveg.pdu_session.type": "ipv4"})  # fmt: skip
        yield self.event("pfcp.session_establishment_response", {**upf, **asked, "fiveg.pfcp.cause": 1,
                         "fiveg.pfcp.seid": seid, "fiveg.pfcp.f_seid.seid": seid, "fiveg.pfcp.f_teid.teid": teid,
                         "fiveg.pfcp.f_teid.address": UPF_N3})  # fmt: skip
        session: Fields = {"fiveg.pdu_session.id": psi, "fiveg.pdu_session.qfi": 1, "fiveg.ngap.procedure_code": 29}
        yield self.event("ngap.pdu_session_resource_setup_request", {**down, **session, "fiveg.ngap.ul.teid": teid,
                         "fiveg.ngap.ul.address": UPF_N3, "fiveg.ngap.pdu_type": "initiating_message"})  # fmt: skip
        yield self.event("ngap.pdu_session_resource_setup_response", {**up, **session, "fiveg.ngap.dl.teid": teid,
                         "fiveg.ngap.dl.address": f"10.13.{gnb}.1", "fiveg.ngap.pdu_type": "successful_outcome"})  # fmt: skip
        change: Fields = {"fiveg.pfcp.sequence": (number * 2 + 1) % 2**24, "fiveg.pfcp.seid": seid}
        yield self.event("pfcp.session_modification_request", {**cp, **change, "fiveg.pfcp.outer_header.teid": teid,
                         "fiveg.pfcp.outer_header.address": f"10.13.{gnb}.1", "fiveg.pfcp.far.apply_action": "forw"})  # fmt: skip
        yield self.event("pfcp.session_modification_response", {**upf, **change, "fiveg.pfcp.cause": 1})

    def traffic(self, terminal: int, flow: int, psi: int = 1) -> Iterator[Event]:
        """A flow of a terminal, with a poll in it."""
        number, gnb = terminal * 4 + psi, terminal % GNBS
        fields: Fields = {
            "source.ip": address(number), "source.port": 1024 + flow, "destination.ip": f"10.11.6.{flow % 200}",
            "destination.port": 502, "network.transport": "tcp", "network.type": "ipv4", "fiveg.gtpu.qfi": 1,
            "fiveg.gtpu.teid": f"0x{number:08x}", "fiveg.gtpu.pdu_type": "ul", "fiveg.gtpu.outer.source.ip": f"10.13.{gnb}.1",
            "fiveg.gtpu.outer.destination.ip": UPF_N3,
        }  # fmt: skip
        yield self.event("flow.started", fields)
        yield self.event("modbus.read", {**fields, "ot.direction": "request", "ot.operation": "read", "ot.unit_id": 1,
                         "ot.function": "read_holding_registers", "ot.register": "holding_register:12"})  # fmt: skip
        yield self.event("flow.ended", {**fields, "network.bytes": 1000, "network.packets": 10})


def mixed(terminals: int, flows: int) -> Iterator[Event]:
    """A working hour: few register, all talk."""
    plant = Plant()
    yield from plant.gnbs()
    for terminal in range(terminals):
        yield from plant.registration(terminal)
    for flow in range(flows):
        for terminal in range(terminals):
            yield from plant.traffic(terminal, flow)
