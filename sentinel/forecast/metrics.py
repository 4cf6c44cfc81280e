"""What has a baseline: each metric, whom it is about, and its unit."""

from __future__ import annotations

from dataclasses import dataclass

Key = tuple[str, ...]  # the metric's name, then the values of its entity's fields


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is taken once a period; `entity` are the event fields that say whom it is about."""

    entity: tuple[str, ...]
    unit: str
    en: str
    zh: str


_TERMINAL = ("fiveg.supi",)
_GNB = ("fiveg.gnb.address",)
_UPF = ("destination.ip",)
_SLICE = ("fiveg.dnn", "fiveg.snssai.sst", "fiveg.snssai.sd")
_TALK = ("source.ip", "destination.ip", "network.protocol", "ot.function")

TERMINALS: dict[str, Metric] = {
    "terminal.octets": Metric(_TERMINAL, "B/s", "octets of its flows", "终端流量"),
    "terminal.packets": Metric(_TERMINAL, "/s", "packets of its flows", "终端包速率"),
    "terminal.flows": Metric(_TERMINAL, "/min", "flows begun", "终端新建流"),
    "terminal.peers": Metric(_TERMINAL, "", "different destinations", "终端通信对端数"),
}
NETWORK: dict[str, Metric] = {
    "amf.registrations": Metric(_UPF, "/min", "registration requests", "注册请求"),
    "gnb.registrations": Metric(_GNB, "/min", "registration requests", "注册请求"),
    "gnb.services": Metric(_GNB, "/min", "service requests", "业务请求"),
    "gnb.radio_losses": Metric(_GNB, "/min", "terminals whose radio link was lost", "无线链路丢失"),
    "gnb.handovers": Metric(_GNB, "/min", "handovers wanted", "切换"),
    "upf.establishments": Metric(_UPF, "/min", "sessions wanted on N4", "N4 会话建立"),
    "upf.sessions": Metric(_UPF, "", "sessions alive", "在线会话"),
    "site.sessions": Metric((), "", "sessions alive at all UPFs", "全站在线会话"),
    "site.octets": Metric((), "B/s", "octets of all terminals", "全站流量"),
    "slice.establishments": Metric(_SLICE, "/min", "sessions wanted in a slice and data network", "切片会话建立"),
    "slice.octets": Metric(_SLICE, "B/s", "octets in a slice and data network", "切片流量"),
}
CONVERSATIONS: dict[str, Metric] = {
    "ot.cycle": Metric(_TALK, "ms", "median time between two polls", "轮询周期"),
    "ot.jitter": Metric(_TALK, "ms", "99th percentile of it, beyond the median", "轮询抖动"),
    "ot.response": Metric(_TALK, "ms", "99th percentile of the response time", "响应时间"),
}
METRICS: dict[str, Metric] = {**TERMINALS, **NETWORK, **CONVERSATIONS}
