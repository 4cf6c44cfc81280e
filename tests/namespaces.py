"""Three network namespaces: terminals, a gateway on N6, and a data network behind it. Sockets are made inside, used from here."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.interfaces import ip, tidy

T = TypeVar("T")
_LIBC = ctypes.CDLL(None)
_NEWNET = 0x40000000


def lacking() -> str:
    """What is missing here for such tests; empty where nothing is."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    missing = [name for name in ("ip", "nft") if shutil.which(name) is None]
    return f"needs {', '.join(missing)}; on Debian: apt install iproute2 nftables" if missing else ""


def inside(namespace: str, act: Callable[[], T]) -> T:
    """What `act` gives inside a namespace; a socket that is made there stays there."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with Path("/run/netns", namespace).open("rb") as handle:
                assert _LIBC.setns(handle.fileno(), _NEWNET) == 0
            found.append(act())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


@dataclass(frozen=True)
class Plant:
    """The names of the namespaces."""

    terminals: str
    gateway: str
    network: str

    def connect(self, source: str, address: str, port: int, seconds: float = 1.0) -> socket.socket:
        """A connection of a terminal; raises `OSError`."""
        return inside(self.terminals, lambda: socket.create_connection((address, port), seconds, (source, 0)))

    @contextlib.contextmanager
    def run(self, namespace: str, *command: str, ready: bytes = b"") -> Iterator[None]:
        """A program inside, once it says that it is ready."""
        with subprocess.Popen(["ip", "netns", "exec", namespace, *command], stdout=subprocess.PIPE) as program:
            try:
                assert not ready or program.stdout is None or program.stdout.readline() == ready
                yield
            finally:
                program.terminate()


@contextlib.contextmanager
def plant(terminals: tuple[str, ...], resources: tuple[str, ...]) -> Iterator[Plant]:
    """The namespaces, with these addresses of terminals and resources, routed by the gateway."""
    made = Plant(*(f"sentinel-{os.getpid()}{name}" for name in ("u", "g", "d")))
    names = (made.terminals, made.gateway, made.network)
    tidy()
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        _wire(made.terminals, made.gateway, terminals, "10.45.255.1/16")
        _wire(made.network, made.gateway, resources, "10.11.255.1/16")
        subprocess.run(["ip", "netns", "exec", made.gateway, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
        yield made
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _wire(end: str, gateway: str, addresses: tuple[str, ...], at: str) -> None:
    link = f"sn{end[-8:]}"
    ip("link", "add", link, "netns", gateway, "type", "veth", "peer", "name", "out", "netns", end)
    ip("-n", gateway, "address", "add", at, "dev", link)
    ip("-n", gateway, "link", "set", link, "up")
    for address in addresses:
        ip("-n", end, "address", "add", f"{address}/16", "dev", "out")
    ip("-n", end, "link", "set", "out", "up")
    ip("-n", end, "route", "add", "default", "via", at.partition("/")[0])
