"""The quick way in: what enforcement points ask by the thousand, where it is of its plainest form.

A request with a token that is good and of the usual form is decided before anything else looks at
it (`sentinel.door.ahead`). Whatever is otherwise goes the way of all requests, which says what is wrong with it: errors are
made in one place, and nothing is answered here that would be answered otherwise there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from sentinel.access.deciding.decider import Answer
from sentinel.access.information.pip import Asked
from sentinel.api import authzen, enforcement, forward, radius
from sentinel.api.asking import Asking, Told
from sentinel.api.rounds import Rounds
from sentinel.enforcement.registry import Kind
from sentinel.errors import SentinelError
from sentinel.operations.doors import Deciding, Parts

_BEARER = b"bearer "
_EVERYWHERE = b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"
_BROKEN = Told(500, b"content-type: text/plain; charset=utf-8\r\n", b"Internal Server Error")
_LOG = logging.getLogger(__name__)
Answered = Callable[[Told], None]
Ask = Callable[[Asking, Answered], bool]
"""Takes a request, and answers it in the next turn of the loop; or says that it is not for it, and does nothing."""


class Quick(NamedTuple):
    """One path: whose token opens it, what is asked (none where it is not of the plain form), and what is answered."""

    method: bytes
    path: str
    kind: Kind
    asked: Callable[[Deciding, Asking], Asked | None]
    told: Callable[[Answer, Asking], Told]


QUICK = (
    Quick(b"POST", f"{authzen.PREFIX}/evaluation", Kind.AUTHZEN, authzen.plain, authzen.told),
    Quick(b"POST", f"{enforcement.PREFIX}/radius", Kind.DN_AAA, radius.plain, radius.told),
    Quick(b"GET", f"{enforcement.PREFIX}/http", Kind.HTTP, forward.plain, forward.told),
)


class Front:
    """Answers ahead of the application."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._rounds = parts, Rounds()
        self._ways: Mapping[tuple[bytes, bytes], Ask] = {
            (each.method, each.path.encode()): partial(self._ask, each) for each in QUICK
        }

    def way(self, method: bytes, path: bytes) -> Ask | None:
        """What may take requests of this method and path, if anything does."""
        return self._ways.get((method, path))

    def _ask(self, quick: Quick, asking: Asking, answered: Answered) -> bool:
        try:
            deciding = self._parts.deciding
            point = deciding.points.admit(_token(asking.headers), quick.kind)
            asked = quick.asked(deciding, asking)
        except SentinelError:
            return False
        if asked is None:
            return False
        decider = deciding.decider
        self._rounds.put(decider, decider.judge(asked), point, partial(_told, quick, asking, answered))
        return True


def _told(quick: Quick, asking: Asking, answered: Answered, answer: Answer | Exception) -> None:
    if isinstance(answer, Exception):
        _LOG.error("a decision was not answered", exc_info=answer)
        answered(_BROKEN)
    else:
        status, headers, body = quick.told(answer, asking)
        answered(Told(status, headers + _EVERYWHERE, body))


def _token(headers: Mapping[bytes, bytes]) -> str:
    said = headers.get(b"authorization", b"")
    return said[len(_BEARER) :].decode("latin-1").strip() if said[: len(_BEARER)].lower() == _BEARER else ""
