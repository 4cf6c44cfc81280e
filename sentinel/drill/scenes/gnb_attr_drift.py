"""A gNB that is not what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.plan import GNB2, PLMN, SLICES, TAC

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class GnbAttrDrift(Scene):
    """A gNB comes back with another name and another paging DRX: it was changed, or something stands in its place."""

    name = "gnb-attr-drift"
    title = "A known gNB comes back with other attributes"
    title_zh = "已知基站属性发生变化"
    description = "gNB 2 sets up again under another name, and a RAN Configuration Update changes the name once more."
    description_zh = "基站 2 重新接入时名称改变，随后又通过 RAN 配置更新再次改名。"
    fires = ("gnb-attr-drift",)

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap

        gnb = network.gnb2
        yield from gnb.connect()
        gnb.association.up(ngap.ng_setup_request(PLMN, GNB2.id, "gnb-unknown", {TAC: (PLMN, SLICES)}))
        yield 0.006
        gnb.association.down(ngap.ng_setup_response(PLMN, "amf1", SLICES))
        yield 2.0
        gnb.association.up(ngap.ran_configuration_update("gnb-other"))
        yield 0.004
        gnb.association.down(ngap.ran_configuration_update_acknowledge())
        yield 1.0


class GnbAttrDriftBenign(Scene):
    """A gNB restarts and announces what it announced before."""

    name = "gnb-attr-drift-benign"
    title = "A gNB restarts unchanged"
    title_zh = "基站重启，属性不变"
    description = "gNB 2 sets up again with the same announcements, and confirms its name."
    description_zh = "基站 2 重新接入，宣告内容与此前一致，并再次确认名称。"

    def act(self, network: Network) -> Play[None]:
        """See `Scene.act`."""
        from sentinel.drill.wire import ngap

        gnb = network.gnb2
        yield from gnb.connect()
        yield from gnb.set_up()
        yield 2.0
        gnb.association.up(ngap.ran_configuration_update(GNB2.name))
        yield 0.004
        gnb.association.down(ngap.ran_configuration_update_acknowledge())
        yield 1.0
