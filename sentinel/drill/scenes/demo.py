"""The demo: a plant's day in which everything happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentinel.drill.base import Scene
from sentinel.drill.scenes.auth_mac_failure import AuthMacFailure
from sentinel.drill.scenes.gnb_id_collision import GnbIdCollision
from sentinel.drill.scenes.gnb_unlisted_ngsetup import GnbUnlistedNgsetup
from sentinel.drill.scenes.gtp_in_gtp import GtpInGtp
from sentinel.drill.scenes.nas_null_cipher import NasNullCipher
from sentinel.drill.scenes.ngap_malformed import NgapMalformed
from sentinel.drill.scenes.ngap_wrong_ppid import NgapWrongPpid
from sentinel.drill.scenes.ngsetup_failure_burst import NgsetupFailureBurst
from sentinel.drill.scenes.pfcp_peer_unlisted import PfcpPeerUnlisted
from sentinel.drill.scenes.pfcp_session_foreign_peer import PfcpSessionForeignPeer
from sentinel.drill.scenes.plant_day import background
from sentinel.drill.scenes.suci_null_scheme import SuciNullScheme
from sentinel.drill.scenes.up_to_cp_crossover import UpToCpCrossover

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play

SECONDS = 118
PLAYLIST: tuple[tuple[float, type[Scene]], ...] = (
    (0.5, GnbUnlistedNgsetup),
    (4, UpToCpCrossover),
    (12, NasNullCipher),
    (18, SuciNullScheme),
    (25, PfcpPeerUnlisted),
    (33, AuthMacFailure),
    (43, GnbIdCollision),
    (50, GtpInGtp),
    (58, NgsetupFailureBurst),
    (80, NgapWrongPpid),
    (90, PfcpSessionForeignPeer),
    (102, NgapMalformed),
)
"""When each attack starts, in seconds after the network is up."""


class Demo(Scene):
    """A newcomer's first two minutes."""

    name = "demo"
    title = "Two minutes with every attack"
    title_zh = "两分钟演示：全部攻击场景"
    description = "The plant's ordinary day with the twelve attacks spread over it, the first after two seconds."
    description_zh = "在工厂日常业务中穿插全部十二种攻击，首个攻击在两秒后出现。"
    fires = tuple(sorted({slug for _, scene in PLAYLIST for slug in scene.fires}))

    def act(self, network: Network) -> Play[None]:
        """Starts everything and waits for the end."""
        for after, scene in PLAYLIST:
            network.play(scene().act(network), after)
        yield from background(network, SECONDS)
