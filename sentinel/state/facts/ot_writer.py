"""May this writer command that, and are the values within their limits?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.site import ValueLimit
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.facts.ot_conversation import COMMANDS, PROTOCOLS
from sentinel.state.fields import text, texts
from sentinel.state.permits import covers, following
from sentinel.state.world import World


class OtWriter(Fact):
    """Writes, controls, program transfers and mode changes against the plan's `permits` and `limits`.

    Where the plan has no permits for a target, nothing is said of who may write there; a first sight still is.
    """

    fields = {
        "ot.writer.permitted": spec(
            "boolean", "a permit covers writer, target, function, register and time", "写操作是否有授权"
        ),
        "ot.value.out_of_range": spec(
            "boolean", "outside the limits of the plan, or too large a step", "写入值是否越限"
        ),
        "ot.value.limit": spec("keyword", "the limit that is broken, such as most 100", "被突破的限值"),
    }
    kinds = tuple(f"{protocol}.*" for protocol in PROTOCOLS)

    def __init__(self) -> None:
        self._last: Bounded[tuple[str, str, str], float] = Bounded(100_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        get = event.fields.get
        operation = get("ot.operation")
        if operation not in COMMANDS or get("ot.direction") == "response":
            return {}
        fields = event.fields
        target = text(fields, "destination.ip") or text(fields, "destination.mac")
        facts: dict[str, Value] = {}
        permits = world.permits.of(target)
        registers = texts(fields, "ot.register")
        if permits:
            supi = world.supi_of(event)
            row = world.register.get(supi)
            writers = (supi, row.group if row else "", text(fields, "source.ip"), text(fields, "source.mac"))
            said = {"protocol": event.kind.partition(".")[0], "unit": text(fields, "ot.unit_id"),
                    "function": text(fields, "ot.function"), "operation": str(operation)}  # fmt: skip
            facts["ot.writer.permitted"] = world.permits.permitted(permits, writers, said, registers, event.time)
        limits = world.permits.limits(target)
        if limits and operation == "write":
            broken = self._broken(limits, target, text(fields, "ot.unit_id"), registers, texts(fields, "ot.value"))
            if broken:
                facts |= {"ot.value.out_of_range": True, "ot.value.limit": broken}
        return facts

    def _broken(
        self, limits: list[ValueLimit], target: str, unit: str, registers: tuple[str, ...], values: tuple[str, ...]
    ) -> str:
        broken = ""
        for register, value in zip(following(registers, len(values)), values, strict=False):
            number = _number(value)
            for limit in limits:
                if number is not None and limit.unit in ("", unit) and covers(limit.register, register):
                    broken = broken or _breaks(limit, number, self._last.get((target, unit, register)))
            if number is not None:
                self._last[target, unit, register] = number
        return broken


def _breaks(limit: ValueLimit, number: float, before: float | None) -> str:
    least, most, step = (_number(each) for each in (limit.least, limit.most, limit.step))
    if least is not None and number < least:
        return f"least {limit.least}"
    if most is not None and number > most:
        return f"most {limit.most}"
    if step is not None and before is not None and abs(number - before) > step:
        return f"step {limit.step}"
    return ""


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None  # noqa: PLR0124  # not a NaN
