"""nftables by libnftables, in its JSON form: a table of our own, each change one transaction. Forking `nft` takes 150 times as long.

The order of the rules is what holds: what is stopped stands above everything that lets live flows go on. Both directions of
a flow need the permit, so that its end, or its withdrawal, ends the flow; only flows of safety-critical terminals that are
under way outlive it, until they are quarantined. An accept of ours opens nothing that another table closes.
"""

from __future__ import annotations

import ctypes
import ipaddress
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from sentinel.enforcement.feed import CLOSING, OPENING, SETS, Element
from sentinel.errors import EnforcementError

TABLE = "sentinel"
_LIBRARY = "libnftables.so.1"
_JSON = 1 << 4  # NFT_CTX_OUTPUT_JSON
_FLOW = "{address} . {address} . inet_proto . inet_service"
_FORMS = {"permits": _FLOW, "flows": _FLOW, "quarantine": "{address}", "critical": "{address}"}
_THERE = "{ip} saddr . {ip} daddr . meta l4proto . th dport"
_BACK = "{ip} daddr . {ip} saddr . meta l4proto . th sport"
_RULES = (
    "{ip} saddr @quarantine{v} counter drop",
    "{ip} daddr @quarantine{v} counter drop",
    f"{_THERE} @flows{{v}} counter drop",
    f"{_BACK} @flows{{v}} counter drop",
    "{ip} saddr @critical{v} ct state established accept",
    "{ip} daddr @critical{v} ct state established accept",
    f"ct direction original {_THERE} @permits{{v}} accept",
    f"ct direction reply ct state established {_BACK} @permits{{v}} accept",
    "{ip} daddr @pools{v} meta l4proto {icmp} ct state related accept",
    "{ip} saddr @pools{v} counter drop",
    "{ip} daddr @pools{v} counter drop",
)
_FAMILIES = ({"ip": "ip", "v": "4", "address": "ipv4_addr", "icmp": "icmp"},
             {"ip": "ip6", "v": "6", "address": "ipv6_addr", "icmp": "icmpv6"})  # fmt: skip


class Netfilter:
    """The table `inet sentinel` of the network namespace that this process is in; needs CAP_NET_ADMIN."""

    def __init__(self) -> None:
        """Raises `EnforcementError` where there is no libnftables."""
        try:
            self._library = ctypes.CDLL(_LIBRARY)
        except OSError as error:
            raise EnforcementError(f"`{_LIBRARY}` cannot be loaded; on Debian: apt install libnftables1") from error
        self._library.nft_ctx_new.restype = ctypes.c_void_p
        for name in ("nft_ctx_get_output_buffer", "nft_ctx_get_error_buffer"):
            getattr(self._library, name).restype = ctypes.c_char_p
        self._context = ctypes.c_void_p(self._library.nft_ctx_new(0))
        self._library.nft_ctx_output_set_flags(self._context, _JSON)
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)
        self._lock = threading.Lock()

    def begin(self, pools: Iterable[str]) -> None:
        """Have the table with its rules, in one transaction; what stands in its sets goes on standing there."""
        self.run(ruleset(pools))

    def stands(self) -> bool:
        """Whether the chain is there, with all of its rules: another program may flush or delete what is ours."""
        try:
            listed = orjson.loads(self.run(f"list chain inet {TABLE} forward"))["nftables"]
        except EnforcementError:
            return False
        hooked = any(item["chain"].get("hook") == "forward" for item in listed if "chain" in item)
        return hooked and sum("rule" in item for item in listed) == len(_RULES) * len(_FAMILIES)

    def put(self, elements: Mapping[Element, float], removed: Iterable[Element] = (), *, whole: bool = False) -> None:
        """Change the sets in one transaction: all of it, or nothing. The whole replaces what may be let through."""
        flushed = [{"flush": {"set": _named(f"{name}{v}")}} for name in OPENING for v in "46"] if whole else []
        gone = list(elements) if whole else [*removed, *elements]  # a time-out is set anew only for what was not there
        stopped = [each for each in removed if each.set in CLOSING] if whole else []
        without = _without(tuple(dict.fromkeys((*gone, *stopped))))
        steps = [*flushed, *without, *_steps("add", elements, elements)]
        if steps:
            self.run(orjson.dumps({"nftables": steps}).decode())

    def elements(self) -> Mapping[Element, float]:
        """What stands in the sets, with the seconds left; for tests and for the doctor."""
        listed = orjson.loads(self.run(f"list table inet {TABLE}"))["nftables"]
        return {element: left for item in listed if "set" in item for element, left in _read(item["set"])}

    def end(self) -> None:
        """Take the table away: then nothing is stopped by it."""
        self.run(f"table inet {TABLE}\ndelete table inet {TABLE}")

    def run(self, commands: str) -> bytes:
        """One transaction; raises `EnforcementError`, and then nothing has changed."""
        with self._lock:
            failed = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
            said: bytes = self._library.nft_ctx_get_output_buffer(self._context)
            wrong: bytes = self._library.nft_ctx_get_error_buffer(self._context)
        if failed:
            reason = wrong.decode(errors="replace").splitlines() or ["no reason given"]
            raise EnforcementError(f"nftables does not take it: {reason[0]}")
        return said

    def close(self) -> None:
        """Let go of the library; the table stays, and ends what it lets through."""
        self._library.nft_ctx_free(self._context)


def ruleset(pools: Iterable[str]) -> str:
    """The table in nft's own words."""
    networks = [ipaddress.ip_network(pool) for pool in pools]
    lines = [f"table inet {TABLE} {{"]
    for family in _FAMILIES:
        lines += [
            f"  set {name}{family['v']} {{ type {_FORMS[name].format(**family)}; flags timeout; }}" for name in SETS
        ]
        lines.append(f"  set pools{family['v']} {{ type {family['address']}; flags interval; auto-merge; }}")
    lines += ["  chain forward { type filter hook forward priority filter - 10; policy accept; }", "}"]
    lines.append(f"flush chain inet {TABLE} forward")
    lines += [f"flush set inet {TABLE} pools{v}" for v in "46"]
    lines += [f"add element inet {TABLE} pools{each.version} {{ {each} }}" for each in networks]
    lines += [f"add rule inet {TABLE} forward {rule.format(**family)}" for rule in _RULES for family in _FAMILIES]
    return "\n".join(lines)


def _without(elements: Sequence[Element]) -> Iterator[object]:
    """Steps after which these are not there, whether they were or not: to delete what is not there would fail."""
    yield from _steps("add", elements, {})
    yield from _steps("delete", elements, {})


def _steps(verb: str, elements: Iterable[Element], seconds: Mapping[Element, float]) -> Iterator[object]:
    """One step for each set."""
    found: dict[str, list[object]] = {}
    for element in elements:
        found.setdefault(f"{element.set}{_version(element)}", []).append(_element(element, seconds.get(element)))
    for name, members in found.items():
        yield {verb: {"element": {**_named(name), "elem": members}}}


def _element(element: Element, seconds: float | None) -> object:
    key = [int(part) if part.isdecimal() else part for part in element.key]
    value = {"concat": key} if len(key) > 1 else key[0]
    return value if seconds is None else {"elem": {"val": value, "timeout": max(1, round(seconds))}}


def _version(element: Element) -> int:
    return ipaddress.ip_address(element.key[0]).version


def _named(name: str) -> dict[str, str]:
    return {"family": "inet", "table": TABLE, "name": name}


def _read(found: Mapping[str, object]) -> Iterator[tuple[Element, float]]:
    """The elements of a set as it is listed."""
    name, members = str(found["name"])[:-1], found.get("elem", [])
    for member in members if isinstance(members, list) and name in SETS else []:
        inner = member["elem"]
        value = inner["val"]
        key = tuple(map(str, value["concat"])) if isinstance(value, dict) else (str(value),)
        yield Element(name, key), float(inner.get("expires", 0))
