"""What packets may be about, as the ring names it (`collectors/evidence/src/subject.rs`), read out of events."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from sentinel.errors import EvidenceError
from sentinel.model.event import Value

_ENDPOINTS = (  # kind, ids, and whose they are: peers number theirs alike
    ("teid", "fiveg.gtpu.teid", "fiveg.gtpu.outer.destination.ip"),
    ("teid", "fiveg.gtpu.reverse_teid", "fiveg.gtpu.outer.source.ip"),
    ("teid", "fiveg.gtpu.inner_teid", ""),
    ("teid", "fiveg.ngap.ul.teid", "fiveg.ngap.ul.address"),
    ("teid", "fiveg.ngap.dl.teid", "fiveg.ngap.dl.address"),
    ("teid", "fiveg.pfcp.f_teid.teid", "fiveg.pfcp.f_teid.address"),
    ("teid", "fiveg.pfcp.outer_header.teid", "fiveg.pfcp.outer_header.address"),
    ("seid", "fiveg.pfcp.seid", "destination.ip"),
    ("seid", "fiveg.pfcp.f_seid.seid", "fiveg.pfcp.f_seid.address"),
)
_NOBODY = frozenset({"", "0x00000000", "0x0000000000000000"})  # of messages that come before an endpoint is known
_CONTEXTS = (("fiveg.amf_ue_ngap_id", "amf_ue_ngap_id"), ("fiveg.ran_ue_ngap_id", "ran_ue_ngap_id"))
MOST = 256  # subjects of one cut


def subjects(fields: Mapping[str, Value]) -> list[str]:
    """The narrowest that an event says of itself: tunnel, session, UE context; else its flow, else its addresses."""
    narrow = [*terminal(fields), *(f"supi:{supi}" for supi in _values(fields, "fiveg.supi"))]
    shared = fields.get("network.transport") == "sctp"  # one association carries everybody
    found = narrow if narrow and shared else [*narrow, *_flow(fields)]
    return list(dict.fromkeys(found or _hosts(fields)))[:MOST]


def terminal(fields: Mapping[str, Value]) -> list[str]:
    """What packets of a terminal may be known by without its name: tunnels, sessions, contexts, addresses."""
    addresses = [f"address:{address}" for address in _values(fields, "fiveg.pdu_session.ue_ip")]
    return [*_tunnels(fields), *_contexts(fields), *addresses]


def flow(text: str) -> str:
    """The subject of `ADDRESS:PORT-ADDRESS:PORT`, IPv6 addresses in brackets; raises `EvidenceError`."""
    try:
        ends = [_end(end) for end in text.split("-")]
        if len(ends) == 2:
            return f"flow:{ends[0]}-{ends[1]}"
    except ValueError:
        pass
    raise EvidenceError(f"`{text}` is no flow; write ADDRESS:PORT-ADDRESS:PORT")


def _end(text: str) -> str:
    address, _, port = text.rpartition(":")
    return _host(address.strip("[]"), int(port))


def _host(address: str, port: int) -> str:
    if not 0 <= port < 65536:
        raise ValueError(port)
    known = ipaddress.ip_address(address)
    return f"[{known}]:{port}" if known.version == 6 else f"{known}:{port}"


def _tunnels(fields: Mapping[str, Value]) -> Iterator[str]:
    for kind, name, whose in _ENDPOINTS:
        ids, peers = _values(fields, name), _values(fields, whose)
        ends = [f"@{peer}" for peer in peers] if len(peers) == len(ids) else [""] * len(ids)
        yield from (f"{kind}:{one}{end}" for one, end in zip(ids, ends, strict=True) if one not in _NOBODY)


def _contexts(fields: Mapping[str, Value]) -> Iterator[str]:
    peers = [*_values(fields, "source.ip"), *_values(fields, "destination.ip")]
    if len(peers) == 2:
        for name, kind in _CONTEXTS:
            yield from (f"{kind}:{value}@{peers[0]},{peers[1]}" for value in _values(fields, name))


def _flow(fields: Mapping[str, Value]) -> Iterator[str]:
    try:
        source = _host(str(fields["source.ip"]), int(str(fields["source.port"])))
        yield f"flow:{source}-{_host(str(fields['destination.ip']), int(str(fields['destination.port'])))}"
    except (KeyError, ValueError):
        return


def _hosts(fields: Mapping[str, Value]) -> list[str]:
    return [f"address:{address}" for name in ("source.ip", "destination.ip") for address in _values(fields, name)]


def _values(fields: Mapping[str, Value], name: str) -> tuple[str, ...]:
    value = fields.get(name, ())
    return tuple(str(one) for one in (value if isinstance(value, tuple | list) else (value,)))
