"""Capture filters: tcpdump's expressions (pcap-filter(7)) as programs for the kernel, compiled by tcpdump itself.

tcpdump is asked for the program of an interface, not of Ethernet at large: the kernel keeps a VLAN tag beside the frame,
and only for an interface does libpcap look for it there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence

from sentinel.errors import InputError

Program = list[tuple[int, int, int, int]]  # (code, jt, jf, k) each
_SECONDS = 10.0  # a host name may be looked up
_WORDS = re.compile(r"\(|\)|[^\s()]+")
_JOINS = frozenset({"and", "or", "not", "&&", "||", "!", "(", ")"})


def compile_for(interface: str, pattern: str) -> Program:
    """The program of `pattern` on `interface`; raises `InputError` with the column of a mistake."""
    if shutil.which("tcpdump") is None:
        raise InputError("a capture filter is compiled by tcpdump, which is not installed")
    done = _tcpdump(["-i", interface], pattern)
    if done.returncode == 0:
        return _program(done.stdout)
    wrong = _tcpdump(["-y", "EN10MB"], pattern)
    if wrong.returncode == 0:  # the expression is not to blame
        raise InputError(f"interface `{interface}` cannot be opened: {_said(done)}")
    raise InputError(f"`{pattern}` is not a capture filter: {_said(wrong)} (column {_column(pattern)})")


def _tcpdump(options: Sequence[str], pattern: str) -> subprocess.CompletedProcess[str]:
    command = ["tcpdump", "-ddd", *options, "--", pattern]
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603


def _program(text: str) -> Program:
    """A count, then an instruction a line."""
    instructions = [tuple(map(int, line.split())) for line in text.splitlines()[1:]]
    return [(code, jt, jf, k) for code, jt, jf, k in instructions]


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines() or ["it says nothing"]
    return lines[-1].removeprefix("tcpdump: ").removeprefix("can't parse filter expression: ").lower()


def _column(pattern: str) -> int:
    """Where the mistake is, counted from 1: the first word, joins aside, after the longest beginning that is right."""
    words = list(_WORDS.finditer(pattern))
    right = 0
    for number in range(1, len(words) + 1):
        begun = pattern[: words[number - 1].end()]
        closed = begun + ")" * max(0, begun.count("(") - begun.count(")"))
        if _tcpdump(["-y", "EN10MB"], closed).returncode == 0:
            right = number
    rest = [word for word in words[right:] if word[0] not in _JOINS]
    return rest[0].start() + 1 if rest else len(pattern) + 1
