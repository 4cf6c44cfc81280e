"""Is a session changed or deleted by somebody who did not create it?"""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.model.fields import FieldSpec, FieldType
from sentinel.state.base import Fact
from sentinel.state.fields import text
from sentinel.state.world import World


class PfcpCreator(Fact):
    """The control plane function that asks is not the one that established the session (TS 29.244, 6.3).

    Known gap: the creator of a session older than the monitor is not known, and then nothing is said.
    """

    fields = {
        "fiveg.pfcp.foreign_peer": FieldSpec(
            FieldType.BOOLEAN, "whether another than the creator of the session asks", "是否由非会话创建者操作"
        ),
        "fiveg.pfcp.creator": FieldSpec(FieldType.IP, "address that created the session", "会话创建者地址"),
    }
    kinds = ("pfcp.session_modification_request", "pfcp.session_deletion_request")

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        fields = event.fields
        session = world.sessions.at(text(fields, "destination.ip"), text(fields, "fiveg.pfcp.seid"), event.time)
        if session is None or not session.creator:
            return {}
        return {
            "fiveg.pfcp.foreign_peer": session.creator != text(fields, "source.ip"),
            "fiveg.pfcp.creator": session.creator,
        }
