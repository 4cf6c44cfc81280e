"""The decoder beside tshark: counts of NGAP, NAS, PFCP and GTP-U messages by type, on the same captures.

    python tests/compare_tshark.py [CAPTURE…]       default: the lab captures of the folder named by SENTINEL_CAPTURES

Prints what differs and the totals. Exit status 1 where a difference has no explanation in `EXPLAINED`. tshark is the
oracle for what is there, not for what to call N2 or N4 traffic: messages quoted inside ICMP, HTTP or a user's own
tunnel are skipped on its side.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from collectors.sources.capture_file import CaptureFile
from sentinel.errors import InputError

OPTIONS = ("-o", "nas-5gs.null_decipher:TRUE", "-o", "sctp.reassembly:TRUE")
FILTER = "ngap or pfcp or gtp"
QUOTING = {"icmp", "icmpv6", "http", "http2", "mime_multipart"}
GTPU_PORT = "2152"

Counts = Counter[tuple[str, str]]  # (protocol, message) -> number


class Explained(NamedTuple):
    """Differences of `messages` (a pattern over `protocol message`) in `captures` (a pattern over the path)."""

    captures: str
    messages: str
    reason: str


EXPLAINED = (
    Explained(
        "docs_assets_pcapng_testregistration",
        "gtpu 255",
        "one G-PDU claims 2,096 octets in a datagram of 200: tshark reads on, to us it is gtpu.malformed",
    ),
    Explained(
        "doc_free5gc",
        "nas registration_accept",
        "an early free5GC repeats the security header inside, without its MAC: to us it stays nas.protected",
    ),
    Explained("fuzz", "nas unknown_message", "types that TS 24.501 does not have: tshark shows no message type"),
)


def tshark(path: Path) -> Counts:
    """What tshark counts in a capture."""
    counts: Counts = Counter()
    command = ("tshark", "-r", str(path), *OPTIONS, "-Y", FILTER, "-T", "pdml")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for _, element in ET.iterparse(process.stdout):
            if element.tag == "packet":
                counts.update(_packet(element))
                element.clear()
    return counts


def _packet(packet: ET.Element) -> Iterator[tuple[str, str]]:
    ports: set[str | None] = set()
    for protocol in packet.findall("proto"):
        name = protocol.get("name", "")
        if name in QUOTING:
            return
        if name == "udp":
            ports = {field.get("show") for field in protocol if field.get("name") in {"udp.srcport", "udp.dstport"}}
        elif name == "gtp":
            if GTPU_PORT in ports:
                yield from (("gtpu", str(int(value, 16))) for value in _shown(protocol, "gtp.message")[:1])
            return  # what follows is the user's
        elif name == "pfcp":
            yield from (("pfcp", value) for value in _shown(protocol, "pfcp.msg_type"))
        elif name == "ngap":
            yield from _ngap(protocol)


def _ngap(protocol: ET.Element) -> Iterator[tuple[str, str]]:
    for pdu in protocol.iter("field"):
        if pdu.get("name") == "ngap.NGAP_PDU":
            yield from (("ngap", f"{value}/{pdu.get('show')}") for value in _shown(pdu, "ngap.procedureCode")[:1])
    for field in protocol.iter("field"):
        if field.get("name") in {"nas_5gs.mm.message_type", "nas_5gs.sm.message_type"}:
            name = re.sub(r"^Message type: | \(0x\w+\)$", "", field.get("showname", ""))
            yield "nas", re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _shown(element: ET.Element, name: str) -> list[str]:
    return [field.get("show", "") for field in element.iter("field") if field.get("name") == name]


NAMELESS = {"nas.protected", "nas.malformed"}  # ciphered or too short: neither side knows the type
PDU_TYPES = {"initiating_message": "0", "successful_outcome": "1", "unsuccessful_outcome": "2"}


def ours(path: Path) -> Counts:
    """What the decoder counts in a capture."""
    counts: Counts = Counter()
    with CaptureFile(str(path)) as source:
        for batch in source.batches():
            for event in batch:
                fields = event.fields
                protocol = event.kind.partition(".")[0]
                if protocol == "ngap" and "fiveg.ngap.pdu_type" in fields:
                    pdu_type = PDU_TYPES[str(fields["fiveg.ngap.pdu_type"])]
                    counts["ngap", f"{fields['fiveg.ngap.procedure_code']}/{pdu_type}"] += 1
                elif protocol == "nas" and event.kind not in NAMELESS:
                    counts["nas", event.kind.partition(".")[2]] += 1
                elif protocol == "pfcp" and "fiveg.pfcp.message_type" in fields:
                    counts["pfcp", str(fields["fiveg.pfcp.message_type"])] += 1
                elif protocol == "gtpu" and "fiveg.gtpu.message_type" in fields:
                    counts["gtpu", str(fields["fiveg.gtpu.message_type"])] += 1
        if g_pdus := source.counters().get("gtpu.g_pdu"):
            counts["gtpu", "255"] = g_pdus
    return counts


def reason(path: Path, message: tuple[str, str]) -> str | None:
    """Why this difference is known, if it is."""
    known = (
        explained.reason
        for explained in EXPLAINED
        if re.search(explained.captures, path.as_posix()) and re.fullmatch(explained.messages, " ".join(message))
    )
    return next(known, None)


def main(arguments: list[str]) -> int:
    """Compare, print, and say whether anything is unexplained."""
    paths = [Path(argument) for argument in arguments]
    if not paths:
        if not (folder := os.environ.get("SENTINEL_CAPTURES")):
            print("name captures, or the folder of them in SENTINEL_CAPTURES", file=sys.stderr)
            return 2
        paths = sorted(Path(folder, "lab").glob("*.pcap"))
    totals: tuple[Counts, Counts] = (Counter(), Counter())
    unexplained = 0
    for path in paths:
        try:
            theirs, mine = tshark(path), ours(path)
        except (InputError, ET.ParseError) as error:
            print(f"{path}: {error}")
            unexplained += 1
            continue
        totals[0].update(theirs)
        totals[1].update(mine)
        for message in sorted(theirs.keys() | mine.keys()):
            if theirs[message] != mine[message]:
                why = reason(path, message)
                unexplained += why is None
                print(
                    f"{path.name}: {' '.join(message)}: tshark {theirs[message]}, ours {mine[message]}: {why or '???'}"
                )
    print(f"\n{'protocol':10}{'types':>8}{'tshark':>10}{'ours':>10}   over {len(paths)} captures")
    for protocol in ("ngap", "nas", "pfcp", "gtpu"):
        sums = [sum(count for key, count in side.items() if key[0] == protocol) for side in totals]
        types = len({key for side in totals for key in side if key[0] == protocol})
        print(f"{protocol:10}{types:8}{sums[0]:10}{sums[1]:10}")
    print(f"unexplained differences: {unexplained}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
