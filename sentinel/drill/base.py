"""What a scene is."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

from sentinel.errors import SentinelError
from sentinel.model.event import Frame

if TYPE_CHECKING:
    from sentinel.drill.network import Network
    from sentinel.drill.timeline import Play


class Scene(ABC):
    """Synthetic traffic of the demo network that shows one thing.

    `fires` names the rules that must raise an alert with the demo site plan, its own first; a benign scene names none,
    and then nothing may. An attack `<slug>` and its twin `<slug>-benign` stand in one file.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    title_zh: ClassVar[str]
    description: ClassVar[str]
    description_zh: ClassVar[str]
    fires: ClassVar[tuple[str, ...]] = ()
    broken: ClassVar[bool] = False
    """Any decoder finds something wrong in it, on purpose."""

    @property
    def benign(self) -> bool:
        """No alert may come of it."""
        return not self.fires

    @abstractmethod
    def act(self, network: Network) -> Play[None]:
        """What happens once the network is up."""

    def frames(self, start_ns: int) -> Iterator[Frame]:
        """The whole scene from bringing the network up to shutting it down, the same for the same start."""
        require_extra()
        # pycrate warns that it cannot decipher NAS, which nobody asks of it here
        logging.getLogger("pycrate_mobile").setLevel(logging.ERROR)
        from sentinel.drill.network import Network  # here, because it imports scapy and pycrate

        network = Network(start_ns, f"{self.name}/{start_ns}")
        network.play(self._whole(network))
        return network.timeline.run()

    def _whole(self, network: Network) -> Play[None]:
        yield from network.bring_up()
        yield from self.act(network)
        yield from network.shut_down()


def require_extra() -> None:
    """Raises `SentinelError` unless the libraries that encode traffic are there."""
    missing = [name for name in ("scapy", "pycrate_asn1dir") if find_spec(name) is None]
    if missing:
        raise SentinelError("drill makes traffic with scapy and pycrate; install sentinel-5g[drill]")
