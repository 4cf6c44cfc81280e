"""Does a concealed identity come again?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text
from sentinel.state.world import World

T3519 = 60  # seconds for which a terminal may use a SUCI again (TS 24.501, 10.2)


class SuciReplay(Fact):
    """A SUCI of profile A or B, which a terminal makes anew each time, that was seen before (TS 33.501, 6.12.2)."""

    fields = {
        "fiveg.suci.replayed": spec(
            "boolean",
            "the same concealed identity more than a minute later, or at another base station",
            "SUCI 是否重放",
        ),
        "fiveg.suci.age": spec("long", "seconds since this concealed identity was first seen", "SUCI 首次出现至今秒数"),
        "fiveg.suci.first_gnb": spec("ip", "base station where it was first seen", "SUCI 首次出现的基站"),
    }
    kinds = ("nas.registration_request", "nas.identity_response")

    def __init__(self) -> None:
        self._seen: Bounded[str, tuple[int, str]] = Bounded(200_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        suci = text(event.fields, "fiveg.suci")
        if not suci or not number(event.fields, "fiveg.suci.scheme") or event.fields.get("fiveg.nas.contained"):
            return {}
        gnb = world.associations.key(event)[0][0]
        seen = self._seen.get(suci)
        if seen is None:
            self._seen[suci] = (event.time, gnb)
            return {}
        age = (event.time - seen[0]) // 10**9
        return {
            "fiveg.suci.replayed": age > T3519 or gnb != seen[1],
            "fiveg.suci.age": age,
            "fiveg.suci.first_gnb": seen[1],
        }
