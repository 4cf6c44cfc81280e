"""Who speaks which industrial protocol to whom, with which functions: is that new?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.world import World, protocol_of

PROTOCOLS = ("modbus", "s7comm", "s7comm_plus", "iec104", "dnp3", "enip", "cip", "opcua", "mqtt", "profinet_dcp")
COMMANDS = frozenset({"write", "control", "program", "mode"})
_HOUR = 3600 * 10**9
_MINUTE = 60 * 10**9
_MASTERS = 16


_NOTHING: Sequence[str] = ()


class OtConversation(Fact):
    """Pairs, functions and writers that were not seen while the plant was learnt (`ot_learning_hours` of the plan)."""

    fields = {
        "ot.conversation.new": spec("boolean", "this pair did not speak this protocol before", "是否新的工控会话"),
        "ot.function.new": spec("boolean", "this pair did not use this function before", "是否新的功能码"),
        "ot.writer.new": spec("boolean", "did not write or control there before", "是否新的写入方"),
        "ot.masters.active": spec(
            "long", "masters that spoke to this station in the last minute, if several", "活动主站数"
        ),
        "ot.asset.role": spec("keyword", "role of the destination in the asset register", "目的资产角色"),
        "ot.asset.level": spec("keyword", "data level of the destination in the asset register", "目的资产数据级别"),
    }
    kinds = tuple(f"{protocol}.*" for protocol in PROTOCOLS)

    def __init__(self) -> None:
        self._pairs: Bounded[tuple[str, str, str], None] = Bounded(100_000)
        self._functions: Bounded[tuple[str, str, str, str], None] = Bounded(300_000)
        self._writers: Bounded[tuple[str, str, str], None] = Bounded(100_000)
        self._masters: Bounded[tuple[str, str], tuple[tuple[str, int], ...]] = Bounded(20_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        get = event.fields.get
        direction, function = get("ot.direction"), get("ot.function")
        if direction == "response" or function is None:
            return {}
        # On Ethernet there are no addresses but those of the hardware.
        source = str(get("source.ip") or get("source.mac") or "")
        target = str(get("destination.ip") or get("destination.mac") or "")
        protocol = protocol_of(event.kind)
        told = self._first(source, target, protocol, str(function), get("ot.operation") in COMMANDS)
        facts: dict[str, Value] = {} if not told or _learning(event.time, world) else dict.fromkeys(told, True)
        masters = self._active(source, target, protocol, event.time) if direction == "request" else 1
        if masters > 1:
            facts["ot.masters.active"] = masters
        asset = world.site.assets_by_address.get(target) if world.site is not None else None
        if asset is not None:
            facts |= {
                name: value for name, value in (("ot.asset.role", asset.role), ("ot.asset.level", asset.level)) if value
            }
        return facts

    def _first(self, source: str, target: str, protocol: str, function: str, command: bool) -> Sequence[str]:
        if not command and (source, target, protocol, function) in self._functions:
            return _NOTHING  # nearly always
        pair, told = (source, target, protocol), []
        if pair not in self._pairs:
            self._pairs[pair] = None
            told.append("ot.conversation.new")
        if (*pair, function) not in self._functions:
            self._functions[(*pair, function)] = None
            told.append("ot.function.new")
        if command and pair not in self._writers:
            self._writers[pair] = None
            told.append("ot.writer.new")
        return told

    def _active(self, source: str, target: str, protocol: str, now: int) -> int:
        before = self._masters.get((target, protocol), ())
        if len(before) == 1 and before[0][0] == source and now - before[0][1] < _MINUTE // 60:
            return 1  # the usual case, said often: once a second is enough
        others = [(who, when) for who, when in before if who != source and now - when <= _MINUTE]
        self._masters[target, protocol] = (*others, (source, now))[-_MASTERS:]
        return len(others) + 1


def _learning(now: int, world: World) -> bool:
    hours = world.site.ot_learning_hours if world.site is not None else 168.0
    return now - world.first < hours * _HOUR
