"""A FreeRADIUS with our configuration, terminals that speak EAP-TLS to it, and an authority for their certificates."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.policies import ROOT

SECRET = "of-the-smf-under-test"
_DEPLOY = ROOT / "deploy" / "freeradius"
_MAIN = """
prefix = /usr
confdir = {folder}
db_dir = {folder}
logdir = {folder}
run_dir = {folder}
radacctdir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/pid
max_request_time = 10
cleanup_delay = 2
max_requests = 16384
hostname_lookups = no
log {{
	destination = files
	file = {folder}/radius.log
	auth = yes
}}
security {{
	max_attributes = 200
	reject_delay = 0
	status_server = no
}}
thread pool {{
	start_servers = 4
	max_servers = 16
	min_spare_servers = 2
	max_spare_servers = 8
	max_requests_per_server = 0
}}
$INCLUDE {folder}/settings.conf
$INCLUDE {folder}/clients.conf
modules {{
	always reject {{
		rcode = reject
	}}
	$INCLUDE {deploy}/mods
}}
$INCLUDE {deploy}/site
"""


def lacking() -> str:
    """What is missing here for such tests; empty where nothing is."""
    missing = [name for name in ("freeradius", "eapol_test", "radclient") if shutil.which(name) is None]
    missing += [] if Path("/usr/lib/freeradius/rlm_rest.so").exists() else ["rlm_rest"]
    return (
        f"needs {', '.join(missing)}; on Debian: apt install freeradius freeradius-rest freeradius-utils eapoltest"
        if missing
        else ""
    )


@dataclass(frozen=True)
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    name: str = "terminals"

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.issue(self.name, None)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def issue(self, name: str, usage: x509.ObjectIdentifier | None) -> tuple[Path, Path]:
        """A certificate and its key, in PEM; the authority's own where it is for no use."""
        key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
        signer, issuer = key, _named(name)
        if usage is not None:
            signer = serialization.load_pem_private_key((self.folder / f"{self.name}.key").read_bytes(), None)  # type: ignore[assignment]
            issuer = _named(self.name)
        builder = (
            x509.CertificateBuilder().subject_name(_named(name)).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        )  # fmt: skip
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        files[0].write_bytes(builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ))  # fmt: skip
        return files


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class Aaa:
    """A FreeRADIUS that runs."""

    port: int
    authority: Authority
    folder: Path

    def accepts(
        self, name: str, attributes: Mapping[str, str], *, authority: Authority | None = None, secret: str = SECRET
    ) -> bool:
        """Whether a terminal whose certificate has this name gets its session, with these attributes of the SMF."""
        issuer = authority or self.authority
        certificate, key = issuer.issue(name, ExtendedKeyUsageOID.CLIENT_AUTH)
        settings = issuer.folder / f"{name}.conf"
        settings.write_text(
            f'network={{\nkey_mgmt=IEEE8021X\neap=TLS\nidentity="{name}"\nca_cert="{self.authority.file}"\n'
            f'client_cert="{certificate}"\nprivate_key="{key}"\neapol_flags=0\n}}\n'
        )
        options = [f"-N{number}:{value}" for number, value in attributes.items()]
        found = subprocess.run(
            ["eapol_test", "-n", "-c", settings, "-a", "127.0.0.1", "-p", str(self.port), "-s", secret, "-t", "6", "-r", "0", *options],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert found.stdout.rstrip().endswith(("SUCCESS", "FAILURE")), found.stdout[-500:]
        return found.returncode == 0


def vsa(number: int, value: bytes) -> str:
    """An attribute of 3GPP as `eapol_test` takes it."""
    return f"x:000028af{number:02x}{len(value) + 2:02x}{value.hex()}"


@contextlib.contextmanager
def aaa(folder: Path, url: str, token: str, resource: str) -> Iterator[Aaa]:
    """FreeRADIUS with the files of `deploy/freeradius`, which asks the service at `url`."""
    authority = Authority(folder / "authority")
    certificate, key = authority.issue("dn-aaa", ExtendedKeyUsageOID.SERVER_AUTH)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = {"url": url, "ca": authority.file, "token": token, "resource": resource, "certificate": certificate, "key": key,
                "terminals_ca": authority.file}  # fmt: skip
    written = "".join(f'sentinel_{name} = "{value}"\n' for name, value in settings.items())
    (folder / "settings.conf").write_text(f"{written}sentinel_port = {port}\n")
    clients = (
        (_DEPLOY / "clients.conf")
        .read_text()
        .replace("10.11.4.30", "127.0.0.1")
        .replace("a long one, of its own", SECRET)
    )
    (folder / "clients.conf").write_text(clients)
    (folder / "dictionary").write_text(f"$INCLUDE {_DEPLOY / 'dictionary.sentinel'}\n")
    (folder / "radiusd.conf").write_text(_MAIN.format(folder=folder, deploy=_DEPLOY))
    command = ["freeradius", "-f", "-d", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            _await(folder / "radius.log", server)
            yield Aaa(port, authority, folder)
        finally:
            server.terminate()


def _await(log: Path, server: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 20
    while not log.exists() or "Ready to process requests" not in log.read_text():
        told = log.read_text() if log.exists() else ""
        if server.poll() is not None or time.monotonic() > end:
            server.terminate()
            raise AssertionError(f"FreeRADIUS does not start: {told} {server.stdout.read() if server.stdout else ''}")
        time.sleep(0.05)
