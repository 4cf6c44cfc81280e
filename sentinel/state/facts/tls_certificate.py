"""Is the certificate of a server good at the time it is shown, and for the name that was asked for?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.fields import text, texts
from sentinel.state.world import World


class TlsCertificate(Fact):
    """Validity by packet time (RFC 5280, 4.1.2.5), and the server name against subject and alternative names (RFC 6125)."""

    fields = {
        "tls.server.validity": spec("keyword", "valid, expired or not_yet", "服务器证书有效性"),
        "tls.server.name_mismatch": spec("boolean", "not for the name that was asked for", "证书与服务器名不符"),
    }
    kinds = ("tls.certificate",)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:  # noqa: ARG002
        """See `Fact.of`."""
        fields = event.fields
        begin, end = _moment(text(fields, "tls.server.not_before")), _moment(text(fields, "tls.server.not_after"))
        said: dict[str, Value] = {}
        if begin is not None and end is not None:
            state = "not_yet" if event.time < begin else "expired" if event.time > end else "valid"
            said["tls.server.validity"] = state
        asked = text(fields, "tls.client.server_name").lower()
        subject = text(fields, "tls.server.subject")
        names = [each.lower() for each in texts(fields, "tls.server.x509.alternative_names")]
        names += [part[3:].lower() for part in subject.replace(" ", "").split(",") if part.startswith("CN=")]
        if asked and names:
            said["tls.server.name_mismatch"] = not any(_is(name, asked) for name in names)
        return said


def _is(name: str, asked: str) -> bool:
    if name.startswith("*."):
        return asked.partition(".")[2] == name[2:]
    return name == asked


def _moment(written: str) -> int | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 10**9
