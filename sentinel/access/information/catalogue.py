"""What can be asked for: the applications of the asset register and the network functions of the site plan."""

from __future__ import annotations

from collections.abc import Sequence

from sentinel.access.engine.target import HIGHEST_PORT
from sentinel.model.access import Resource, application
from sentinel.site import Asset, SitePlan

TRANSPORTS: dict[str, str] = {
    "tcp": "tcp", "udp": "udp", "sctp": "sctp", "http": "tcp", "modbus": "tcp", "s7comm": "tcp", "iec104": "tcp",
    "opcua": "tcp", "mqtt": "tcp", "cip": "tcp", "dnp3": "tcp", "dns": "udp", "ntp": "udp",
}  # fmt: skip


class Catalogue:
    """Resources by name and by address."""

    def __init__(self, site: SitePlan) -> None:
        self._names = {asset.address: asset.role for asset in site.assets}
        self._applications = [_listed(asset) for asset in site.assets if asset.port.isdigit()]
        self._functions = {function.type for function in site.network_functions}

    def at(self, address: str, port: int, protocol: str) -> Resource:
        """The resource at an address, with the name that the register has for it; unknown where that is no address."""
        try:
            found = application("", address, port, protocol)
        except ValueError:
            return Resource("app", known=False)
        name = self._names.get(found.address, "")
        return application(name, found.address, port, protocol) if name else found

    def named(self, name: str) -> Resource:
        """The one application of this name; unknown where there is none, or more than one."""
        found = [each for each in self._applications if each.name == name]
        return found[0] if len(found) == 1 else Resource("app", name, known=False)

    def read(self, text: str) -> Resource:
        """The one that is written `nf:upf`, `10.60.0.10:502/tcp` or by its name, with or without `app:`."""
        kind, _, rest = text.partition(":")
        if kind == "nf":
            return self.function(rest)
        where = parts(text.removeprefix("app:"))
        if where is None:
            return self.named(text.removeprefix("app:"))
        return self.at(*where) if where[1] <= HIGHEST_PORT else Resource("app", known=False)

    def function(self, kind: str) -> Resource:
        """A network function by its type."""
        return Resource("nf", kind, known=kind in self._functions)

    @property
    def all(self) -> Sequence[Resource]:
        """Everything that has a name."""
        return (*self._applications, *(Resource("nf", kind) for kind in sorted(self._functions)))


def parts(text: str) -> tuple[str, int, str] | None:
    """Address, port and protocol of `10.60.0.10:502/tcp`; none where it is a name."""
    where, _, protocol = text.partition("/")
    address, colon, port = where.rpartition(":")
    if not colon or not port.isdecimal():
        return None
    return address.strip("[]"), int(port), protocol


def _listed(asset: Asset) -> Resource:
    return application(asset.role, asset.address, int(asset.port), TRANSPORTS.get(asset.protocol.lower(), ""))
