"""NAS-5GS, TS 24.501: the messages of a drill, plain and as a security context protects them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from random import Random

from pycrate_mobile.TS24501_FGMM import (
    FGMMAuthenticationFailure,
    FGMMAuthenticationReject,
    FGMMAuthenticationRequest,
    FGMMAuthenticationResponse,
    FGMMDLNASTransport,
    FGMMIdentityRequest,
    FGMMIdentityResponse,
    FGMMMODeregistrationAccept,
    FGMMMODeregistrationRequest,
    FGMMRegistrationAccept,
    FGMMRegistrationComplete,
    FGMMRegistrationReject,
    FGMMRegistrationRequest,
    FGMMSecProtNASMessage,
    FGMMSecurityModeCommand,
    FGMMSecurityModeComplete,
    FGMMSecurityModeReject,
    FGMMServiceAccept,
    FGMMServiceReject,
    FGMMServiceRequest,
    FGMMULNASTransport,
)
from pycrate_mobile.TS24501_FGSM import (
    FGSMPDUSessionEstabAccept,
    FGSMPDUSessionEstabRequest,
    FGSMPDUSessionReleaseCommand,
    FGSMPDUSessionReleaseComplete,
    FGSMPDUSessionReleaseRequest,
)
from pycrate_mobile.TS24501_IE import FGSID

from sentinel.drill.plan import PLMN, TAC, Slice, plmn_octets

MAC_FAILURE = 20  # 5GMM cause, clause 9.11.3.2
SYNCH_FAILURE = 21
CAPABILITIES = bytes.fromhex("f0f0f0f0")  # EA0 to EA3 and IA0 to IA3
INITIAL, EMERGENCY = 1, 4  # registration types, clause 9.11.3.7
_N1_SM = {"Value": 1}
_TYPES = {"ipv4": 1, "ethernet": 5}  # clause 9.11.4.11


class SecurityContext:
    """What both ends share after security mode (clause 4.4): algorithms and counts; the MACs are not real."""

    def __init__(self, random: Random, nea: int, nia: int = 2) -> None:
        self.nea, self.nia = nea, nia
        self._random = random
        self._count = {"up": 0, "down": 0}

    def up(self, plain: bytes, header: int = 2) -> bytes:
        """A message of the terminal."""
        return self._protect(plain, header, "up")

    def down(self, plain: bytes, header: int = 2) -> bytes:
        """A message of the AMF."""
        return self._protect(plain, header, "down")

    def _protect(self, plain: bytes, header: int, way: str) -> bytes:
        """INVARIANT: headers 2 and 4 cipher, which NEA0 makes the identity (clause 9.3.1)."""
        # A first octet of no protocol discriminator: who guesses at the cipher shall not be misled by chance.
        noise = bytes([self._random.randrange(0x80, 0x100)]) + self._random.randbytes(len(plain) - 1)
        inner = noise if self.nea and header in (2, 4) else plain
        values = {"5GMMHeaderSec": {"SecHdr": header}, "MAC": self._random.randbytes(4), "Seqn": self._count[way]}
        self._count[way] += 1
        return _octets(FGMMSecProtNASMessage(val={**values, "NASMessage": inner}))


def null_suci(supi: str) -> bytes:
    """A SUCI of the null scheme: the SUPI in clear (TS 23.003 clause 2.2B)."""
    return _suci(supi, scheme=0, key=0, output=supi[5:])


def profile_a_suci(supi: str, random: Random) -> bytes:
    """A SUCI as profile A makes it (TS 33.501 annex C.3.4.1): ephemeral key, five concealed octets and a MAC."""
    output = {"ECCEphemPK": random.randbytes(32), "CipherText": random.randbytes(5), "MAC": random.randbytes(8)}
    return _suci(supi, scheme=1, key=1, output=output)


def guti(tmsi: int) -> bytes:
    """A 5G-GUTI of the demo network's one AMF (TS 23.003 clause 2.10)."""
    value = {"Type": 2, "AMFRegionID": 2, "AMFSetID": 1, "AMFPtr": 0, "5GTMSI": tmsi}
    return _octets(FGSID(val={**value, "PLMN": PLMN}))


def registration_request(
    identity: bytes,
    kind: int = INITIAL,
    capabilities: bytes = CAPABILITIES,
    more: Mapping[str, object] | None = None,
) -> bytes:
    """REGISTRATION REQUEST, clause 8.2.6, with `identity` as 5GS mobile identity and `more` IEs."""
    type_ = {"FOR": 1, "Value": kind}
    values = {"NAS_KSI": {"Value": 7}, "5GSRegType": type_, "5GSID": identity, "UESecCap": capabilities}
    return _octets(FGMMRegistrationRequest(val={**values, **(more or {})}))


def registration_reject(cause: int, *slices: Slice) -> bytes:
    """REGISTRATION REJECT, clause 8.2.9, with `slices` rejected for the PLMN (clause 9.11.3.46)."""
    message = _octets(FGMMRegistrationReject(val={"5GMMCause": cause}))
    if not slices:
        return message
    values = [bytes([each.sst]) + bytes.fromhex(each.sd) for each in slices]
    rejected = b"".join(bytes([len(value) << 4]) + value for value in values)
    return message + bytes([0x69, len(rejected)]) + rejected


def service_request(tmsi: int, kind: int = 0) -> bytes:
    """SERVICE REQUEST, clause 8.2.16: 0 for signalling, 1 for data, 2 when paged."""
    identity = _octets(FGSID(val={"Type": 4, "AMFSetID": 1, "AMFPtr": 0, "5GTMSI": tmsi}))
    message = _octets(FGMMServiceRequest(val={"NAS_KSI": {"Value": 0}, "5GSID": identity}))
    return message[:3] + bytes([kind << 4]) + message[4:]


def service_accept() -> bytes:
    """SERVICE ACCEPT, clause 8.2.17."""
    return _octets(FGMMServiceAccept())


def service_reject(cause: int) -> bytes:
    """SERVICE REJECT, clause 8.2.18."""
    return _octets(FGMMServiceReject(val={"5GMMCause": cause}))


def identity_request(kind: int) -> bytes:
    """IDENTITY REQUEST, clause 8.2.21: 1 is SUCI, 3 IMEI, 5 IMEISV."""
    return _octets(FGMMIdentityRequest(val={"5GSIDType": {"Value": kind}}))


def identity_response(identity: bytes) -> bytes:
    """IDENTITY RESPONSE, clause 8.2.22."""
    return _octets(FGMMIdentityResponse(val={"5GSID": identity}))


def device(kind: int, digits: str) -> bytes:
    """An IMEI (3) or IMEISV (5) as mobile identity."""
    return _octets(FGSID(val={"Type": kind, "Digits": digits}))


def authentication_request(random: Random) -> bytes:
    """AUTHENTICATION REQUEST, clause 8.2.1."""
    autn = random.randbytes(6) + b"\x80\x00" + random.randbytes(8)
    values = {"NAS_KSI": {"Value": 0}, "ABBA": b"\0\0", "RAND": random.randbytes(16), "AUTN": autn}
    return _octets(FGMMAuthenticationRequest(val=values))


def authentication_response(random: Random) -> bytes:
    """AUTHENTICATION RESPONSE, clause 8.2.2."""
    return _octets(FGMMAuthenticationResponse(val={"RES": random.randbytes(16)}))


def authentication_failure(cause: int = MAC_FAILURE, auts: bytes = b"") -> bytes:
    """AUTHENTICATION FAILURE, clause 8.2.4; a synch failure has AUTS."""
    values: dict[str, object] = {"5GMMCause": cause}
    return _octets(FGMMAuthenticationFailure(val=values | ({"AUTS": auts} if auts else {})))


def authentication_reject() -> bytes:
    """AUTHENTICATION REJECT, clause 8.2.5."""
    return _octets(FGMMAuthenticationReject())


def security_mode_command(context: SecurityContext, capabilities: bytes = CAPABILITIES) -> bytes:
    """SECURITY MODE COMMAND, clause 8.2.25; asks for the IMEISV and replays the capabilities."""
    values = {
        "NASSecAlgo": {"CiphAlgo": context.nea, "IntegAlgo": context.nia},
        "NAS_KSI": {"Value": 0},
        "UESecCap": capabilities,
        "IMEISVReq": {"Value": 1},
        "Add5GSecInfo": b"\x02",
    }
    return context.down(_octets(FGMMSecurityModeCommand(val=values)), header=3)


def security_mode_complete(context: SecurityContext, imeisv: str, request: bytes) -> bytes:
    """SECURITY MODE COMPLETE, clause 8.2.26, with the whole registration request in its container."""
    pei = device(5, imeisv)
    return context.up(_octets(FGMMSecurityModeComplete(val={"IMEISV": pei, "NASContainer": request})), header=4)


def security_mode_reject(cause: int) -> bytes:
    """SECURITY MODE REJECT, clause 8.2.27."""
    return _octets(FGMMSecurityModeReject(val={"5GMMCause": cause}))


def registration_accept(tmsi: int, slices: list[Slice]) -> bytes:
    """REGISTRATION ACCEPT, clause 8.2.7: GUTI, tracking areas, allowed NSSAI, T3512 of nine minutes."""
    allowed = b"".join(len(_s_nssai(one)).to_bytes(1, "big") + _s_nssai(one) for one in slices)
    values = {
        "5GSRegResult": b"\x01",
        "GUTI": guti(tmsi),
        "5GSTAIList": b"\x00" + plmn_octets(PLMN) + TAC.to_bytes(3, "big"),
        "AllowedNSSAI": allowed,
        "T3512": b"\x92",
    }
    return _octets(FGMMRegistrationAccept(val=values))


def registration_complete() -> bytes:
    """REGISTRATION COMPLETE, clause 8.2.8."""
    return _octets(FGMMRegistrationComplete())


def deregistration_request(tmsi: int) -> bytes:
    """DEREGISTRATION REQUEST (UE originating), clause 8.2.12."""
    kind = {"SwitchOff": 0, "AccessType": 1}
    values = {"NAS_KSI": {"Value": 0}, "DeregistrationType": kind, "5GSID": guti(tmsi)}
    return _octets(FGMMMODeregistrationRequest(val=values))


def deregistration_accept() -> bytes:
    """DEREGISTRATION ACCEPT (UE originating), clause 8.2.13."""
    return _octets(FGMMMODeregistrationAccept())


def pdu_session_establishment_request(session: int, chosen: Slice, dnn: str, kind: str = "ipv4") -> bytes:
    """PDU SESSION ESTABLISHMENT REQUEST, clause 8.3.1, in UL NAS TRANSPORT, clause 8.2.10."""
    type_ = {"Value": _TYPES[kind]}
    values = {"IntegrityProtMaxDataRate": b"\xff\xff", "PDUSessType": type_, "SSCMode": {"Value": 1}}
    message = _octets(FGSMPDUSessionEstabRequest(val={"5GSMHeader": {"PDUSessID": session, "PTI": 1}, **values}))
    more = {"RequestType": {"Value": 1}, "SNSSAI": _s_nssai(chosen), "DNN": _dnn(dnn)}
    return _transport(FGMMULNASTransport, session, message, more)


def pdu_session_establishment_accept(
    session: int, chosen: Slice, dnn: str, address: str, dns: str, qfi: int, kind: str = "ipv4"
) -> bytes:
    """PDU SESSION ESTABLISHMENT ACCEPT, clause 8.3.2, in DL NAS TRANSPORT, clause 8.2.11."""
    values: dict[str, object] = {
        "5GSMHeader": {"PDUSessID": session, "PTI": 1},
        "SSCMode": {"Value": 1},
        "PDUSessType": {"Value": _TYPES[kind]},
        "QoSRules": bytes.fromhex("01000631310101ff") + bytes([qfi]),
        "SessAMBR": bytes.fromhex("03f42403f424"),
        "SNSSAI": _s_nssai(chosen),
        "QoSFlowDesc": bytes([qfi]) + bytes.fromhex("2041010109"),
        "DNN": _dnn(dnn),
    }
    if kind == "ipv4":
        values["PDUAddress"] = b"\x01" + IPv4Address(address).packed
        values["ExtProtConfig"] = bytes.fromhex("80000d04") + IPv4Address(dns).packed
    return _transport(FGMMDLNASTransport, session, _octets(FGSMPDUSessionEstabAccept(val=values)), {})


def pdu_session_release_request(session: int) -> bytes:
    """PDU SESSION RELEASE REQUEST, clause 8.3.12, for a regular deactivation, in UL NAS TRANSPORT."""
    values = {"5GSMHeader": {"PDUSessID": session, "PTI": 2}, "5GSMCause": b"\x24"}
    return _transport(FGMMULNASTransport, session, _octets(FGSMPDUSessionReleaseRequest(val=values)), {})


def pdu_session_release_command(session: int) -> bytes:
    """PDU SESSION RELEASE COMMAND, clause 8.3.14, in DL NAS TRANSPORT."""
    values = {"5GSMHeader": {"PDUSessID": session, "PTI": 2}, "5GSMCause": 36}
    return _transport(FGMMDLNASTransport, session, _octets(FGSMPDUSessionReleaseCommand(val=values)), {})


def pdu_session_release_complete(session: int) -> bytes:
    """PDU SESSION RELEASE COMPLETE, clause 8.3.15, in UL NAS TRANSPORT."""
    values = {"5GSMHeader": {"PDUSessID": session, "PTI": 2}}
    return _transport(FGMMULNASTransport, session, _octets(FGSMPDUSessionReleaseComplete(val=values)), {})


def _octets(message: object) -> bytes:
    octets: bytes = message.to_bytes()  # type: ignore[attr-defined]  # pycrate ships no types
    return octets


def _suci(supi: str, scheme: int, key: int, output: object) -> bytes:
    value = {"PLMN": supi[:5], "RoutingInd": "0000", "ProtSchemeID": scheme, "HNPKID": key, "Output": output}
    return _octets(FGSID(val={"Type": 1, "Fmt": 0, "Value": value}))


def _s_nssai(value: Slice) -> bytes:
    return bytes([value.sst]) + bytes.fromhex(value.sd)


def _dnn(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))


def _transport(kind: type, session: int, message: bytes, more: Mapping[str, object]) -> bytes:
    values = {"PayloadContainerType": _N1_SM, "PayloadContainer": message, "PDUSessID": session, **more}
    return _octets(kind(val=values))
