"""The decoder beside tshark on the same captures: messages by type, and key fields by value.

    python tests/compare_tshark.py [CAPTURE or FOLDER…]       default: the folder named by SENTINEL_CAPTURES

Prints what differs, then a score for each protocol and each field. A field agrees in a frame where both sides have the
same set of values in it. Exit status 1 where a difference has no explanation in `EXPLAINED`. The fields are rows in
`tshark_rows.py`. tshark is the oracle for what is there, not for what to call N2 or N4 traffic: messages quoted inside
ICMP, HTTP or a user's own tunnel are skipped on its side.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree as ET

from collectors.sources.capture_file import CaptureFile
from sentinel.errors import InputError
from sentinel.model.event import Event, Fields
from tests.tshark_rows import APART, DECODED_AS, EXPLAINED, ROWS, Row

OPTIONS = ("-n", "-o", "nas-5gs.null_decipher:TRUE", "-o", "sctp.reassembly:TRUE")
WEB = {"http", "http2"}
QUOTING = {"icmp", "icmpv6", "mime_multipart", *WEB}
GTPU_PORT, GTPC_PORTS = "2152", {"2123", "3386"}
SUFFIXES = {".pcap", ".pcapng", ".cap", ".gz"}
SHOWN = 12  # differences of one field in one capture

Key = tuple[str, str]  # protocol and field of ours
_BY_FIELD: dict[str, list[Row]] = defaultdict(list)
for _row in ROWS:
    _BY_FIELD[_row.theirs].append(_row)
_PROTOCOLS = {row.protocol for row in ROWS} - {"g_pdu", "gtpc"} | {"ngap", "pfcp", "gtp", "gtpv2"}
FILTER = " or ".join(sorted(_PROTOCOLS))


@dataclass
class Side:
    """What one of the two sees in a capture."""

    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: dict[Key, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, row: Row, frame: int, value: str) -> None:
        """A value of a field, in a frame."""
        self.values[_key(row)].add((0 if row.protocol == "g_pdu" else frame, value))


def _key(row: Row) -> Key:
    return row.kinds.rstrip("."), row.ours


def tshark(path: Path) -> Side:
    """What tshark sees in a capture, in one pass."""
    side = Side()
    more = [option for captures, options in DECODED_AS for option in options if re.search(captures, path.as_posix())]
    command = ("tshark", "-r", str(path), *OPTIONS, *more, "-Y", FILTER, "-T", "pdml")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for _, element in ET.iterparse(process.stdout):
            if element.tag == "packet":
                _packet(element, side)
                element.clear()
    return side


def _packet(packet: ET.Element, side: Side) -> None:
    frame, ports, inside, quoted = 0, set[str | None](), False, False
    for protocol in packet.findall("proto"):
        name = protocol.get("name", "")
        quoted |= name in QUOTING
        if quoted and name not in WEB:
            continue
        if name == "frame":
            frame = int(_shown(protocol, "frame.number")[0])
        elif name == "udp" and not inside:
            ports = {field.get("show") for field in protocol if field.get("name") in {"udp.srcport", "udp.dstport"}}
        elif inside or name in _PROTOCOLS:
            _protocol(protocol, _gtp(protocol, ports, inside) if name.startswith("gtp") else name, frame, inside, side)
        inside |= name == "gtp" and GTPU_PORT in ports


def _gtp(protocol: ET.Element, ports: set[str | None], inside: bool) -> str:
    """What to call a GTP message."""
    if inside:
        return ""
    if GTPU_PORT not in ports:
        return "gtpc" if ports & GTPC_PORTS else ""
    return "g_pdu" if _shown(protocol, "gtp.message")[:1] == ["0xff"] else "gtp"


def _protocol(protocol: ET.Element, name: str, frame: int, inside: bool, side: Side) -> None:
    if not inside:
        side.messages.update(_messages(protocol, name))
    for element in protocol.iter("field"):
        for row in _BY_FIELD.get(element.get("name", ""), ()):
            if row.protocol == name and (row.inside or not inside) and (value := row.how(element)) is not None:
                side.add(row, frame, value)


def _messages(protocol: ET.Element, name: str) -> Iterator[tuple[str, str]]:
    if name in {"gtp", "g_pdu"}:
        yield from (("gtpu", str(int(value, 16))) for value in _shown(protocol, "gtp.message")[:1])
    elif name == "pfcp":
        yield from (("pfcp", value) for value in _shown(protocol, "pfcp.msg_type"))
    elif name == "ngap":
        yield from _ngap(protocol)


def _ngap(protocol: ET.Element) -> Iterator[tuple[str, str]]:
    for pdu in protocol.iter("field"):
        if pdu.get("name") == "ngap.NGAP_PDU":
            yield from (("ngap", f"{value}/{pdu.get('show')}") for value in _shown(pdu, "ngap.procedureCode")[:1])
    for element in protocol.iter("field"):
        if element.get("name") in {"nas_5gs.mm.message_type", "nas_5gs.sm.message_type"}:
            name = re.sub(r"^Message type: | \(0x\w+\)$", "", element.get("showname", ""))
            yield "nas", re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _shown(element: ET.Element, name: str) -> list[str]:
    return [field.get("show", "") for field in element.iter("field") if field.get("name") == name]


NAMELESS = {"nas.protected", "nas.malformed"}  # ciphered or too short: neither side knows the type
PDU_TYPES = {"initiating_message": "0", "successful_outcome": "1", "unsuccessful_outcome": "2"}


def ours(path: Path) -> Side:
    """What the decoder sees in a capture."""
    side = Side()
    with CaptureFile(str(path)) as source:
        for batch in source.batches():
            for event in batch:
                side.messages.update(_message(event.kind, event.fields))
                _values(event, side)
        if g_pdus := source.counters().get("gtpu.g_pdu"):
            side.messages["gtpu", "255"] = g_pdus
    return side


def _message(kind: str, fields: Fields) -> Iterator[tuple[str, str]]:
    protocol, _, name = kind.partition(".")
    if protocol == "ngap" and "fiveg.ngap.pdu_type" in fields:
        yield "ngap", f"{fields['fiveg.ngap.procedure_code']}/{PDU_TYPES[str(fields['fiveg.ngap.pdu_type'])]}"
    elif protocol == "nas" and kind not in NAMELESS:
        yield "nas", name
    elif protocol in {"pfcp", "gtpu"} and f"fiveg.{protocol}.message_type" in fields:
        yield protocol, str(fields[f"fiveg.{protocol}.message_type"])


def _values(event: Event, side: Side) -> None:
    for row in ROWS:
        if event.kind.startswith(tuple(row.kinds.split())):
            for value in _of(event.fields, row.ours):
                if (said := row.mine(value)) is not None:
                    side.add(row, event.packet, said)


def _of(fields: Fields, names: str) -> Iterator[str]:
    """The values of the fields of these names, which may have a `*`; an empty one is an absent element of a list."""
    for known in [known for known in fields if fnmatchcase(known, names)] if "*" in names else names.split():
        value = fields.get(known)
        for one in value if isinstance(value, tuple) else (value,):
            if one not in {None, ""}:
                yield str(one)


@dataclass
class Score:
    """How often both agree, and what differs, for all captures."""

    same: int = 0
    only_theirs: int = 0
    only_ours: int = 0
    explained: int = 0

    @property
    def share(self) -> float:
        """What both have, of what either has."""
        return self.same / max(1, self.same + self.only_theirs + self.only_ours)


Values = set[tuple[int, str]]


def _apart(path: Path, key: Key, frame: int, value: str, theirs: Values, mine: Values) -> str | None:
    """Why the other side has the value a few frames before or after, where it has and that is known."""
    for apart in APART:
        if re.search(apart.captures, path.as_posix()) and re.fullmatch(apart.what, " ".join(key)):
            away = apart.ours if (frame, value) in theirs else -apart.ours
            other = mine if (frame, value) in theirs else theirs
            if any((frame + away * step, value) in other for step in range(1, apart.frames)):
                return apart.reason
    return None


class Report:
    """Differences of the captures, one after the other, and the scores of all."""

    def __init__(self) -> None:
        self.totals: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
        self.scores: dict[Key, Score] = defaultdict(Score)
        self.reasons: Counter[str] = Counter()
        self.unexplained = 0

    def add(self, path: Path, theirs: Side, mine: Side) -> None:
        """Compare a capture."""
        self.totals[0].update(theirs.messages)
        self.totals[1].update(mine.messages)
        for message in sorted(theirs.messages.keys() | mine.messages.keys()):
            counts = theirs.messages[message], mine.messages[message]
            if counts[0] != counts[1] and not self._explained(path, " ".join(message)):
                print(f"{path.name}: {' '.join(message)}: tshark {counts[0]}, ours {counts[1]}")
        for key in sorted(theirs.values.keys() | mine.values.keys()):
            self._field(path, key, theirs.values[key], mine.values[key])

    def _field(self, path: Path, key: Key, theirs: set[tuple[int, str]], mine: set[tuple[int, str]]) -> None:
        score, shown = self.scores[key], 0
        score.same += len(theirs & mine)
        score.only_theirs += len(theirs - mine)
        score.only_ours += len(mine - theirs)
        for frame, value in sorted(theirs ^ mine):
            if reason := _apart(path, key, frame, value, theirs, mine):
                score.explained += 1
                self.reasons[reason] += 1
            elif self._explained(path, f"{key[0]} {key[1]} {value}"):
                score.explained += 1
            elif (shown := shown + 1) <= SHOWN:
                whose = "tshark" if (frame, value) in theirs else "ours"
                print(f"{path.name}: frame {frame}: {key[0]} {key[1]}: `{value}` only {whose}")
        if shown > SHOWN:
            print(f"{path.name}: {key[0]} {key[1]}: {shown - SHOWN} more")

    def _explained(self, path: Path, what: str) -> bool:
        """Whether this difference is known; what is not known is counted."""
        for explained in EXPLAINED:
            if re.search(explained.captures, path.as_posix()) and re.fullmatch(explained.what, what):
                self.reasons[explained.reason] += 1
                return True
        self.unexplained += 1
        return False

    def print(self, captures: int) -> None:
        """The scores."""
        print(f"\n{'protocol':10}{'types':>8}{'tshark':>10}{'ours':>10}   messages of {captures} captures")
        for protocol in ("ngap", "nas", "pfcp", "gtpu"):
            sums = [sum(count for key, count in side.items() if key[0] == protocol) for side in self.totals]
            types = len({key for side in self.totals for key in side if key[0] == protocol})
            print(f"{protocol:10}{types:8}{sums[0]:10}{sums[1]:10}")
        print(f"\n{'field':60}{'same':>8}{'tshark':>8}{'ours':>8}{'known':>8}{'agree':>9}")
        for (protocol, name), score in sorted(self.scores.items()):
            counts = f"{score.same:8}{score.only_theirs:8}{score.only_ours:8}{score.explained:8}"
            print(f"{protocol + ' ' + name:60}{counts}{score.share:9.2%}")
        for reason, count in self.reasons.items():
            print(f"explained {count:5}: {reason}")
        print(f"unexplained differences: {self.unexplained}")


def both(path: Path) -> tuple[Side, Side] | str:
    """What both see in a capture, or why it cannot be read."""
    try:
        return tshark(path), ours(path)
    except (InputError, ET.ParseError) as error:
        return str(error)


def captures(arguments: Iterable[str]) -> list[Path]:
    """The captures that are meant, those of folders too."""
    named = [Path(argument) for argument in arguments]
    inside = [path for folder in named if folder.is_dir() for path in folder.rglob("*") if path.suffix in SUFFIXES]
    return sorted({*inside, *(path for path in named if not path.is_dir())})


def main(arguments: list[str]) -> int:
    """Compare, print, and say whether anything is unexplained."""
    folder = os.environ.get("SENTINEL_CAPTURES")
    paths = captures(arguments or ([folder] if folder else []))
    if not paths:
        print("name captures, or the folder of them in SENTINEL_CAPTURES", file=sys.stderr)
        return 2
    report = Report()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, found in zip(paths, pool.map(both, paths), strict=True):
            if isinstance(found, str):
                print(f"{path}: {found}")
                report.unexplained += 1
            else:
                report.add(path, *found)
    report.print(len(paths))
    return 1 if report.unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
