"""Webhooks: commands as JSON over HTTPS, signed, for whatever else can enforce. A batch is one request.

A receiver does what it is told by the id of a command, so that a batch which comes again, because its answer was lost,
changes nothing. 200 and 204 acknowledge; 202 says that it will be done; another 4xx refuses, and is not tried again.
"""

from __future__ import annotations

import dataclasses
import http.client
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

import orjson

from sentinel.crypto.suite import Suite
from sentinel.enforcement.base import EnforcementPoint
from sentinel.enforcement.signed import DELIVERY_HEADER, SIGNATURE_HEADER, TIME_HEADER, sign
from sentinel.errors import ConfigError
from sentinel.model.enforcement import Command, Outcome, State, Verb
from sentinel.shipping.sender import checked, reason_of, within

PAUSES = (0.0, 0.2, 0.8)  # seconds before each attempt
SECONDS = 3.0  # for an exchange, from the first octet to the last: who drips holds up nobody
_LEAST = 16  # octets of a secret


class Webhook(EnforcementPoint):
    """One receiver. Where it has no answer for all, each command of the batch has failed."""

    kind: ClassVar[str] = "webhook"
    verbs = frozenset(Verb)

    def __init__(
        self, name: str, url: str, secret: bytes, suite: Suite, ca: Path | None = None,
        clock: Callable[[], int] = time.time_ns, pauses: Sequence[float] = PAUSES, seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        super().__init__(name, clock)
        if len(secret) < _LEAST:
            raise ConfigError(f"the secret of a webhook has at least {_LEAST} octets")
        self._parts, self._secret, self._suite, self._ca = checked(url), secret, suite, ca
        self._pauses, self._seconds = pauses, seconds

    def _apply(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return self._told("apply", commands)

    def _undo(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return self._told("undo", commands)

    def _told(self, what: str, commands: Sequence[Command]) -> Sequence[Outcome]:
        body = orjson.dumps({"do": what, "commands": [document(each) for each in commands]})
        delivery = str(uuid.uuid4())
        state, detail = State.FAILED, "nothing was sent"
        for pause in self._pauses:
            time.sleep(pause)
            state, detail, again = self._sent(body, delivery)
            if not again:
                break
        return [Outcome(each.id, self.name, state, self._clock(), detail) for each in commands]

    def _sent(self, body: bytes, delivery: str) -> tuple[State, str, bool]:
        """What came of one attempt, and whether another one may help."""
        try:
            status = self._posted(body, delivery)
        except (OSError, http.client.HTTPException) as error:
            return State.FAILED, f"`{self._parts.netloc}` does not answer: {reason_of(error)}", True
        if status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
            return State.ACKED, "", False
        if status == HTTPStatus.ACCEPTED:
            return State.SENT, "it says that it will be done", False
        return State.FAILED, f"`{self._parts.netloc}` answers {status}", status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def _posted(self, body: bytes, delivery: str) -> int:
        seconds = self._clock() // 10**9
        headers = {"Content-Type": "application/json", TIME_HEADER: str(seconds), DELIVERY_HEADER: delivery,
                   SIGNATURE_HEADER: sign(self._suite, self._secret, seconds, body)}  # fmt: skip
        parts = self._parts
        with within(self._seconds, parts.scheme, parts.hostname or "", parts.port, self._ca) as link:
            link.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body, headers)
            answer = link.getresponse()
            answer.read(1 << 16)
            return answer.status


def document(command: Command) -> Mapping[str, object]:
    """A command as a receiver is told it."""
    flow = dataclasses.asdict(command.flow) if command.flow else None
    return {"id": command.id, "verb": command.verb, "decision": command.decision, "ttl": command.ttl,
            "binding": dataclasses.asdict(command.binding), "flow": flow, "approvals": command.approvals}  # fmt: skip
