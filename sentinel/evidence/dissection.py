"""tshark's full dissection of one packet, on request: a second opinion, bounded and locked away.

tshark reads hostile octets with millions of lines of C. So it runs for one packet only, with little memory, processor
time and output, writes no file, reaches no network where the system lets us see to that, has no privileges, and reads
no settings of anybody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from sentinel.errors import DissectionError, NoDissectorError
from sentinel.evidence.ring import Packet
from sentinel.model.capture import Record, pcapng

LONGEST = 15.0  # seconds
MOST_OUTPUT = 8 << 20  # octets
MOST_NODES = 20_000
_MEMORY = 1536 << 20  # octets of address space
_PROCESSOR = 10  # seconds
_NOBODY = "65534"
_turn = threading.BoundedSemaphore(2)
_SKIPPED = frozenset({"geninfo"})  # tshark's own notes, without a dissection


@dataclass(frozen=True, slots=True)
class Node:
    """A protocol or a field: its filter name, its text, and what it consists of. `pos` and `size` are octets."""

    name: str
    text: str
    pos: int
    size: int
    children: tuple[Node, ...] = ()


def dissect(packet: Packet) -> tuple[Node, ...]:
    """The protocols of a packet as tshark sees them; raises `NoDissectorError` or `DissectionError`."""
    tshark = shutil.which("tshark")
    if tshark is None:
        raise NoDissectorError("tshark is not installed on this host; install it to see full dissections")
    octets = pcapng([Record(packet.frame, packet.length)])
    if not _turn.acquire(timeout=LONGEST):
        raise DissectionError("too many dissections at once, try again later")
    try:
        return tree(_run([*_locks(os.geteuid() == 0), tshark, "-n", "-r", "-", "-T", "pdml",
                          "-o", "nas-5gs.null_decipher:TRUE"], octets))  # fmt: skip
    finally:
        _turn.release()


@cache
def _locks(root: bool) -> tuple[str, ...]:
    """The commands in front of tshark that take away what it does not need."""
    bounds = ("prlimit", f"--as={_MEMORY}", f"--cpu={_PROCESSOR}", "--core=0", "--fsize=0", "--nofile=64", "--")
    if shutil.which("prlimit") is None:
        raise NoDissectorError("`prlimit`, which bounds tshark, is not installed; it comes with util-linux")
    network = ("unshare", "--net", "--") if root else ("unshare", "--user", "--net", "--")
    privileges = ("setpriv", *((f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups") if root else ()),
                  "--no-new-privs", "--")  # fmt: skip
    if root:
        if not _works(privileges):
            raise NoDissectorError("`setpriv`, which takes root's rights from tshark, is not installed")
        return (*(network if _works(network) else ()), *privileges, *bounds)
    return (*(network if _works(network) else ()), *(privileges if _works(privileges) else ()), *bounds)


def _works(command: Sequence[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    tried = subprocess.run([*command, "true"], capture_output=True, timeout=LONGEST, check=False)  # noqa: S603  # ours
    return tried.returncode == 0


def _run(command: Sequence[str], octets: bytes) -> bytes:
    """What the command says of `octets`, up to as much as is read of it."""
    nowhere = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    process = subprocess.Popen(  # noqa: S603  # the packet is its input, never its arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=nowhere, cwd="/"
    )
    late = threading.Timer(LONGEST, process.kill)
    late.start()
    try:
        with process:
            assert process.stdin is not None  # noqa: S101  # as asked for
            assert process.stdout is not None  # noqa: S101
            threading.Thread(target=_feed, args=(process, octets), daemon=True).start()
            said = process.stdout.read(MOST_OUTPUT + 1)
            if len(said) > MOST_OUTPUT:
                process.kill()
                raise DissectionError(f"the dissection is longer than {MOST_OUTPUT >> 20} MiB")
    finally:
        late.cancel()
    if process.returncode != 0:
        raise DissectionError("tshark did not finish: the packet needs more time or memory than it is given")
    return said


def _feed(process: subprocess.Popen[bytes], octets: bytes) -> None:
    try:
        if process.stdin is not None:
            process.stdin.write(octets)
            process.stdin.close()
    except (OSError, ValueError):
        return  # it ended without reading everything


def tree(pdml: bytes) -> tuple[Node, ...]:
    """The protocols of the first packet of a PDML document; raises `DissectionError`."""
    try:
        packet = ET.fromstring(pdml).find("packet")  # noqa: S314  # bounded above, and expat bounds entities
    except ET.ParseError as error:
        raise DissectionError(f"what tshark said cannot be read: {error}") from error
    if packet is None:
        raise DissectionError("tshark found no packet")
    budget = [MOST_NODES]
    return tuple(_node(element, budget, 0) for element in packet if element.get("name") not in _SKIPPED)


def _node(element: ET.Element, budget: list[int], depth: int) -> Node:
    budget[0] -= 1
    shown = [child for child in element if child.get("hide") != "yes"] if depth < 64 else []
    children = []
    for child in shown:
        if budget[0] <= 0:
            break
        children.append(_node(child, budget, depth + 1))
    text = element.get("showname") or element.get("show") or element.get("name") or ""
    return Node(element.get("name") or "", text, _number(element, "pos"), _number(element, "size"), tuple(children))


def _number(element: ET.Element, name: str) -> int:
    text = element.get(name, "")
    return int(text) if text.isdigit() else 0
