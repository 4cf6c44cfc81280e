"""The machine: programs that Sentinel calls, the right to capture, room on the disk, and the clock."""

from __future__ import annotations

import ctypes
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sentinel.doctor.base import Check, Finding, Patient, State

_PROGRAMS: Final = {
    "tshark": ("dissects packets of an alert", "解析告警报文"),
    "tcpdump": ("compiles the expressions of --filter", "编译 --filter 表达式"),
    "prlimit": ("keeps tshark within bounds", "限制 tshark 的资源"),
}
_GIB: Final = 1 << 30
_UNSYNCHRONISED: Final = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_OCTETS: Final = 512  # struct timex is 208 octets on 64 bits; zeros only read


class Host(Check):
    """What the machine gives."""

    rank = 5

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        yield from (_program(name, *about) for name, about in _PROGRAMS.items())
        yield _capturing()
        yield _room(patient.data)
        yield _clock()


def _program(name: str, use: str, use_zh: str) -> Finding:
    found = shutil.which(name)
    if found:
        return Finding(f"host.{name}", State.GOOD, f"{found}; {use}", f"{found}；{use_zh}")
    return Finding(f"host.{name}", State.LACKING, f"is not installed; {use}", f"未安装；{use_zh}")


def _capturing() -> Finding:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        text = f"not allowed to capture on interfaces ({error.strerror}); give CAP_NET_RAW, as deploy/systemd does"
        return Finding(
            "host.capture", State.LACKING, text, "无权在网络接口上抓包；请授予 CAP_NET_RAW（见 deploy/systemd）"
        )
    return Finding("host.capture", State.GOOD, "may capture on interfaces", "可在网络接口上抓包")


def _room(data: Path) -> Finding:
    """Room where the data is, or will be."""
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    usage = shutil.disk_usage(there)
    free, share = usage.free / _GIB, usage.free / usage.total
    state = State.FAILED if free < 1 else State.LACKING if share < 0.1 else State.GOOD
    text, text_zh = (
        f"{free:.1f} GiB free of {usage.total / _GIB:.0f}",
        f"可用 {free:.1f} GiB，共 {usage.total / _GIB:.0f} GiB",
    )
    return Finding("host.disk", state, f"`{there}`: {text}", f"`{there}`：{text_zh}")


def _clock() -> Finding:
    """Whether the kernel's clock is held to a source (adjtimex(2))."""
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_OCTETS))
    if state in (-1, _UNSYNCHRONISED):
        text = (
            "is not synchronised; packets, alerts and the audit log would tell wrong times (chrony, systemd-timesyncd)"
        )
        return Finding(
            "host.clock", State.LACKING, text, "时钟未同步，报文、告警和审计时间将不准（chrony、systemd-timesyncd）"
        )
    return Finding("host.clock", State.GOOD, "is synchronised", "已同步")
