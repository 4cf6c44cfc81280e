"""Collector and service by TLS with SM suites (RFC 8998): shown by a capture, from end to end."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from sentinel.accounts.collectors import Collectors
from sentinel.audit.ledger import Ledger
from sentinel.cli import commands
from sentinel.store.control import ControlDatabase
from tests.e2e.test_collect import SENTINEL, TRACE, Service, free_port, recorded, refused, until

WORDS = "correct horse battery\n"


class Mutual(Service):
    """A service whose collectors come through the gateway, and its authority, which was there before it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port, self.gateway = folder, folder / "data", free_port(), free_port()
        self.token = folder / "token"
        self.token.touch(0o600)
        self.data.mkdir()
        with (
            closing(Ledger(self.data / "audit")) as ledger,
            closing(ControlDatabase(f"sqlite:///{self.data / 'control.db'}", ledger)) as control,
        ):
            self.token.write_text(Collectors(control).enrol("tap1", by="root"))
        self.ca("init", "Plant CA", "--passphrase-stdin")
        self.issue("service", "plant", "--host", "127.0.0.1")
        self.issue("collector", "tap1")
        self._options = (
            "--tls-suites", "sm", "--collector-listen", f"127.0.0.1:{self.gateway}",
            "--collector-certificate", f"{folder}/plant.pem", "--collector-key", f"{folder}/plant.key",
        )  # fmt: skip
        self.start()
        until(self.answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether the door is open, which is without TLS here."""
        probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with closing(probe), suppress(OSError, http.client.HTTPException):
            probe.request("GET", "/login")
            return probe.getresponse().status < 500
        return False

    def ca(self, *arguments: str) -> str:
        done = CliRunner().invoke(commands, ["ca", "--data", str(self.data), *arguments], input=WORDS)
        assert done.exit_code == 0, done.output
        return done.output

    def issue(self, *arguments: str) -> None:
        self.ca("issue", *arguments, "--to", str(self.folder), "--passphrase-stdin")

    def options(self, name: str = "tap1") -> list[str]:
        """Of a collector that shows this certificate."""
        folder = self.folder
        return [str(TRACE), "--to", f"https://127.0.0.1:{self.gateway}", "--token-file", str(self.token),
                "--spool", str(folder / "spool"), "--ca", str(folder / "data-keys" / "ca.pem"), "--tls-suites", "sm",
                "--tls-certificate", str(folder / f"{name}.pem"), "--tls-key", str(folder / f"{name}.key")]  # fmt: skip


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Mutual]:
    running = Mutual(tmp_path)
    yield running
    running.stop()


@contextmanager
def captured(port: int, path: Path) -> Iterator[None]:
    """What goes over the loopback to and from this port."""
    if os.geteuid() != 0 or shutil.which("tcpdump") is None or shutil.which("tshark") is None:
        pytest.skip("capturing needs root, tcpdump and tshark")
    with subprocess.Popen(
        ["tcpdump", "-i", "lo", "-U", "-w", str(path), "tcp", "port", str(port)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("listening" in line for line in process.stderr)
        yield
        time.sleep(0.5)
        process.terminate()
        process.communicate(timeout=10)


def seen(path: Path, wanted: str, *fields: str) -> list[list[str]]:
    chosen = [part for field in fields for part in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-r", str(path), "-Y", wanted, "-T", "fields", *chosen], capture_output=True, text=True, check=True
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_events_arrive_by_sm4_gcm_sm3(service: Mutual, tmp_path: Path) -> None:
    """Every handshake is TLS_SM4_GCM_SM3 over curveSM2 (RFC 8998), nothing else is offered, and nothing goes in clear."""
    path = tmp_path / "mutual.pcap"
    with captured(service.gateway, path):
        subprocess.run([*SENTINEL, "collect", *service.options()], check=True, timeout=60)
    until(lambda: len(service.shipped()) == len(recorded(TRACE)))
    hellos = seen(
        path, "tls.handshake.type == 2", "tls.handshake.ciphersuite", "tls.handshake.extensions_key_share_group"
    )
    assert hellos
    assert {tuple(each) for each in hellos} == {("0x00c6", "41")}
    offered = seen(path, "tls.handshake.type == 1", "tls.handshake.ciphersuite", "tls.handshake.sig_hash_alg")
    assert {(each[0].split(",")[0], each[1]) for each in offered} == {("0x00c6", "0x0708")}
    assert b"Authorization" not in path.read_bytes()
    assert service.token.read_bytes().strip() not in path.read_bytes()


def test_token_and_certificate_have_to_be_of_one_collector(service: Mutual, tmp_path: Path) -> None:
    """Neither is enough: the token at the door, another's certificate, one that was revoked while the service runs."""
    said = refused(str(TRACE), "--to", service.url, "--token-file", str(service.token),
                   "--spool", str(tmp_path / "spool"))  # fmt: skip
    assert "with a certificate of the same collector" in said
    service.issue("collector", "tap2")
    assert "with a certificate of the same collector" in refused(*service.options("tap2"))
    service.ca("revoke", "collector/tap1", "--reason", "stolen", "--passphrase-stdin")
    assert "does not take the collector's certificate" in refused(*service.options())
    assert service.shipped() == []
