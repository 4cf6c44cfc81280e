"""TLS between collectors and the service: which suites were chosen, and whether those of RFC 8998 work here."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sentinel.config import SM
from sentinel.crypto.certificate import RevocationList, read_revocations
from sentinel.crypto.suite import suite
from sentinel.crypto.tls import probed
from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import CryptoError, StoreError
from sentinel.store.glance import glance

_SOON = 14  # days before a list ends


class Tls(Check):
    """TLS with collectors, and the list of revoked certificates that it stands on."""

    rank = 15

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        yield _suites(patient)
        if patient.control:
            yield from _revocations(patient.control)


def _suites(patient: Patient) -> Finding:
    try:
        works = probed(suite(patient.crypto))
    except CryptoError as error:
        chosen = patient.tls_suites == SM
        return Finding("tls", State.FAILED if chosen else State.LACKING, f"{patient.tls_suites}; {error}")
    if patient.tls_suites == SM:
        return Finding("tls", State.GOOD, f"sm: a handshake works: {works}", f"sm：握手自检通过：{works}")
    text = f"classic; SM suites work here and are not chosen (--tls-suites sm): {works}"
    return Finding("tls", State.LACKING, text, f"classic；本机可用国密套件但未启用（--tls-suites sm）：{works}")


def _revocations(url: str) -> Iterable[Finding]:
    try:
        with glance(url) as control:  # a version without an authority has no such table
            found = control.rows("SELECT revocations FROM authorities") if control.has("authorities") else []
        if found:
            yield _list(read_revocations(found[0][0]))
    except StoreError:  # what is read of people there (`login`) says so
        return
    except CryptoError as error:
        yield Finding("tls.crl", State.FAILED, str(error))


def _list(found: RevocationList) -> Finding:
    until = found.parsed.next_update_utc
    left = (until.timestamp() - time.time()) / 86_400 if until else 0.0
    text, text_zh = f"holds for {left:.0f} days", f"还有 {left:.0f} 天有效"
    if left > _SOON:
        return Finding("tls.crl", State.GOOD, text, text_zh)
    state = State.LACKING if left > 0 else State.FAILED
    return Finding(
        "tls.crl", state, f"{text}; `sentinel ca crl` makes a new one", f"{text_zh}；用 `sentinel ca crl` 重新签发"
    )
