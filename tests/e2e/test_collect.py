"""The collector and a service: what is seen here is stored there, once, whoever is killed on the way."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from collectors._decode import Decoder
from collectors.sources.capture_file import CaptureFile
from sentinel.accounts.accounts import Accounts
from sentinel.accounts.collectors import Collectors
from sentinel.keys.tables import add_key
from sentinel.model.document import event_document
from sentinel.model.event import Event, Value
from sentinel.model.fields import CATALOGUE
from sentinel.shipping import wire
from sentinel.shipping.log import LogReader, holds
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.interfaces import ip, tidy

TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")
PLANT = Path("tests/traces/plant/plant-day.pcap")
OTHERS = [path for path in sorted(Path("tests/traces").rglob("*.pcap")) if path != TRACE][:4]
SITE = "deploy/examples/site-demo/site.yaml"
SENTINEL = [sys.executable, "-c", "from sentinel.cli import main; main()"]


def until(what: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Service:
    """A service that can be killed and started again, and a token for it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.data, self.port = folder / "data", free_port()
        self._options = options
        self.start()
        until(self.answers)
        control = ControlDatabase(f"sqlite:///{self.data / 'control.db'}", Kept())
        self.token = folder / "token"
        self.token.write_text(Collectors(control).enrol("tap1", by="root"))
        self.token.chmod(0o600)
        control.close()

    @property
    def url(self) -> str:
        return f"{'https' if self._options else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [*SENTINEL, "run", "--site", SITE, "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            [*command, *self._options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def answers(self) -> bool:
        """Whether the door is open: its part is there, not just its socket."""
        probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        if self._options:
            probe = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=2, context=ssl._create_unverified_context()
            )
        with contextlib.closing(probe), contextlib.suppress(OSError, http.client.HTTPException):
            probe.request("GET", "/login")
            return probe.getresponse().status < 500
        return False

    def kill(self) -> None:
        """At once, with its parts."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(40)

    def stored(self) -> list[dict[str, Value]]:
        store = SqliteStore(self.data / "events.db")
        try:
            return [dict(row) for row in store.events("", Span(), 100_000).rows]
        finally:
            store.close()

    def shipped(self) -> list[dict[str, Value]]:
        """What came from the collector; the service has events of its own."""
        return [row for row in self.stored() if str(row["event.provider"]).startswith("tap1:")]

    def alerts(self) -> list[str]:
        store = SqliteStore(self.data / "events.db")
        try:
            return sorted(record.alert.rule.slug for record in store.alerts(AlertFilter(), 100).rows)
        finally:
            store.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path)
    yield running
    running.stop()


@contextmanager
def collecting(service: Service, *inputs: str, **more: object) -> Iterator[subprocess.Popen[str]]:
    spool = service.data.parent / "spool"
    command = [
        *SENTINEL,
        "collect",
        *inputs,
        "--to",
        service.url,
        "--token-file",
        str(service.token),
        "--spool",
        str(spool),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)


def recorded(*traces: Path) -> list[Event]:
    return [event for trace in traces for batch in CaptureFile(str(trace)).batches() for event in batch]


def test_captures_are_stored_as_decode_prints_them(service: Service) -> None:
    """Ids, fields and evidence; a second run adds nothing."""
    for _ in range(2):
        with collecting(service, *map(str, [TRACE, *OTHERS])) as process:
            assert process.wait(60) == 0
    # scenes begin alike: the same packet at the same time is one event, of the first capture that holds it
    wanted = {event.id: event_document(event) for event in reversed(recorded(TRACE, *OTHERS))}
    until(lambda: len(service.shipped()) >= len(wanted))
    found = {str(row["event.id"]): row for row in service.shipped()}
    assert found.keys() == wanted.keys()
    for event_id, document in wanted.items():
        expected = {**document, "event.provider": f"tap1:{document['event.provider']}"}
        assert expected.items() <= found[event_id].items()
    assert "gtp-in-gtp" in service.alerts()
    store = SqliteStore(service.data / "events.db")
    nested = next(event for event in recorded(TRACE) if event.kind == "gtpu.nested")
    assert list(store.frames([nested.id])) == list(nested.frames)
    store.close()


def test_a_service_that_is_killed_meanwhile_has_everything_in_the_end(service: Service) -> None:
    wanted = {event.id for event in recorded(TRACE, *OTHERS)}
    service.kill()
    with collecting(service, *map(str, [TRACE, *OTHERS])) as process:
        until(lambda: spooled(service) > 0)
        assert process.poll() is None  # it waits
        service.start()
        until(lambda: len(service.shipped()) > 0)
        service.kill()
        service.start()
        assert process.wait(60) == 0
    until(lambda: len(service.shipped()) >= len(wanted))
    assert {row["event.id"] for row in service.shipped()} == wanted


def test_packets_that_lie_on_the_collector_are_fetched_when_somebody_asks(service: Service) -> None:
    """Those of an alert, from a collector that goes on watching; the service never calls it."""
    control = ControlDatabase(f"sqlite:///{service.data / 'control.db'}", Kept())
    accounts = Accounts(control)
    password = "correct horse battery"
    accounts.create_first_administrator(accounts.issue_setup_token(), "li", password)
    headers = {"Authorization": f"Bearer {accounts.login('li', password).token}"}
    control.close()

    def call(method: str, path: str) -> list[dict[str, object]]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)) as client:
            client.request(method, f"/api/v1/alerts/{path}", headers=headers)
            answer = client.getresponse()
            assert answer.status < 300, answer.status
            said = orjson.loads(answer.read())
        return list(said if isinstance(said, list) else said["packets"])

    with collecting(service, "-", stdin=subprocess.PIPE) as process:
        raw = process.stdin.buffer  # type: ignore[union-attr]
        raw.write(TRACE.read_bytes())
        raw.flush()
        until(lambda: "gtp-in-gtp" in service.alerts())
        store = SqliteStore(service.data / "events.db")
        [alert] = [row.alert.id for row in store.alerts(AlertFilter(), 100).rows if row.alert.rule.slug == "gtp-in-gtp"]
        store.close()
        before = call("GET", f"{alert}/packets")
        assert [each["state"] for each in call("POST", f"{alert}/packets/collectors")] == ["waiting"]
        until(lambda: [each["state"] for each in call("GET", f"{alert}/packets/collectors")] == ["came"])
        after = call("GET", f"{alert}/packets")
    assert {each["sha256"] for each in before} < {each["sha256"] for each in after}
    assert {each["source"] for each in after if not each["proof"]} == {"tap1"}
    kinds = [row["event.action"] for row in service.stored()]
    assert kinds.count("monitor.packets_asked") == kinds.count("monitor.packets_fetched") == 1


def test_sealed_no_identifier_lies_in_clear_with_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as text nor as the octets of a message of which it is told; and what is stored is what it is in clear."""
    monkeypatch.setenv("SENTINEL_RUN_SEAL", "true")
    keys = tmp_path / "keys"
    add_key(keys)
    service = Service(tmp_path)
    try:
        with collecting(service, str(PLANT), "--seal-key", str(keys)) as process:
            assert process.wait(60) == 0
        wanted = recorded(PLANT)
        until(lambda: len(service.shipped()) >= len(wanted))
    finally:
        service.stop()
    with collecting(service, str(PLANT), "--seal-key", str(keys)) as process:  # nobody takes what it spools
        until(lambda: holds(tmp_path / "spool" / "log"))
    assert list((tmp_path / "spool" / "evidence").glob("*/*.sealed"))
    supis = {str(event.fields["fiveg.supi"]) for event in wanted if "fiveg.supi" in event.fields}
    told = [frame.data for event in wanted if "fiveg.supi" in event.fields for frame in event.frames]
    assert len(supis) > 3 < len(told)
    for path in (each for name in ("data", "spool") for each in (tmp_path / name).rglob("*") if each.is_file()):
        octets = path.read_bytes()
        assert not [each for each in [*map(str.encode, supis), *told] if each in octets], path


def spooled(service: Service) -> int:
    """Events but ends of flows that the spool holds, or held in the segment that it still has."""
    reader = LogReader(service.data.parent / "spool" / "log", 1)
    events = [event for _, batch in iter(reader.read, None) for event in wire.decode(batch, "")]
    return sum(event.kind != "flow.ended" for event in events)


@pytest.fixture
def sender() -> Iterator[Callable[[Path], None]]:
    """Plays a capture in a network namespace of its own, towards the interface `snc…` here."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("making namespaces needs root and iproute2")
    if shutil.which("tcpreplay") is None:
        pytest.skip("tcpreplay is not installed")
    tidy()
    name, near = here(), f"snd{os.getpid()}"
    space = f"sentinel-{os.getpid()}"
    try:
        ip("netns", "add", space)
        ip("link", "add", name, "type", "veth", "peer", "name", near, "netns", space)
    except subprocess.CalledProcessError as error:
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
        pytest.skip(f"this machine makes no namespace: {error.stderr!r}")
    Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    ip("netns", "exec", space, "sysctl", "-qw", f"net.ipv6.conf.{near}.disable_ipv6=1")
    ip("link", "set", name, "mtu", "9000", "up")
    ip("-n", space, "link", "set", near, "mtu", "9000", "up")

    def play(trace: Path) -> None:
        ip("netns", "exec", space, "tcpreplay", "-q", "-p", "500", "-i", near, str(trace.absolute()))

    yield play
    subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def here() -> str:
    return f"snc{os.getpid()}"


def watched() -> bool:
    """Whether somebody captures on the interface: it is in promiscuous mode (IFF_PROMISC)."""
    return bool(int(Path(f"/sys/class/net/{here()}/flags").read_text(), 16) & 0x100)


def test_a_replay_into_an_interface_gives_the_events_of_the_file(
    service: Service, sender: Callable[[Path], None]
) -> None:
    """While service and collector are killed and started again."""
    traces = [TRACE, *OTHERS]
    before, after = replayed(traces[:2]), replayed(traces[2:])
    first = len(replayed(traces[:1]))
    with collecting(service, here()) as process:
        until(watched)
        sender(traces[0])
        until(lambda: len(service.shipped()) >= first)
        service.kill()
        sender(traces[1])
        until(lambda: spooled(service) >= len(before))
        process.kill()
        process.wait()
    assert not watched()
    with collecting(service, here()):
        until(watched)
        sender(traces[2])
        service.start()
        for trace in traces[3:]:
            sender(trace)
        with contextlib.suppress(AssertionError):  # what is missing is said below
            until(lambda: len(from_here(service)) >= len(before + after))
    found = [shown(row) for row in from_here(service)]
    expected = Counter(shown(event_document(event)) for event in before + after)
    missing, more = expected - Counter(found), Counter(found) - expected
    assert (sum(missing.values()), sum(more.values())) == (0, 0), (missing, more)


def from_here(service: Service) -> list[dict[str, Value]]:
    """What the service has from the interface, but for the ends of flows, which the clock makes."""
    rows = service.shipped()
    return [row for row in rows if row["event.provider"] == f"tap1:{here()}" and row["event.action"] != "flow.ended"]


def replayed(traces: Sequence[Path]) -> list[Event]:
    """The events of traces played one after the other: to one decoder, what a scene repeats of another is known."""
    decoder, start = Decoder("replay"), time.time_ns()
    frames = [frame for trace in traces for frame in octets(trace)]
    events = decoder.decode([(start + number * 2_000_000, 1, frame) for number, frame in enumerate(frames)])
    return [event for event in events if event.kind != "flow.ended"]


def octets(trace: Path) -> Iterator[bytes]:
    data = trace.read_bytes()[24:]
    while data:
        length = int.from_bytes(data[8:12], "little")
        yield data[16 : 16 + length]
        data = data[16 + length :]


def shown(row: dict[str, Value]) -> str:
    """What the decoder said of it, whatever the clock was and whatever the state knew."""
    protocols = (
        "fiveg.ngap.",
        "fiveg.nas.",
        "fiveg.pfcp.",
        "fiveg.gtpu.",
        "fiveg.sctp.",
        "destination.port",
        "source.port",
    )
    fields = {name: value for name, value in row.items() if name in CATALOGUE and name.startswith(protocols)}
    return repr((row["event.action"], sorted(fields.items())))


def refused(*arguments: str, **environment: str) -> str:
    """What `sentinel collect` says when it gives up; one line."""
    done = subprocess.run(
        [*SENTINEL, "collect", *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    return done.stderr


def test_a_wrong_token_is_said(service: Service, tmp_path: Path) -> None:
    options = (str(TRACE), "--to", service.url, "--spool", str(tmp_path / "spool"))
    said = refused(*options, SENTINEL_COLLECT_TOKEN="wrong-token")
    assert "does not know the collector's token" in said
    assert "wrong-token" not in said


def test_a_wrong_authority_is_said(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    for name in ("service", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
    service = Service(tmp_path, "--tls-certificate", f"{tmp_path}/service.pem", "--tls-key", f"{tmp_path}/service.key")
    try:
        options = (
            str(TRACE),
            "--to",
            service.url,
            "--token-file",
            str(service.token),
            "--spool",
            str(tmp_path / "spool"),
        )
        assert "is not trusted" in refused(*options)
        assert "is not trusted" in refused(*options, "--ca", f"{tmp_path}/other.pem")
        assert "holds no certificate" in refused(*options, "--ca", "README.md")
        done = subprocess.run(
            [*SENTINEL, "collect", *options, "--ca", f"{tmp_path}/service.pem"], check=False, timeout=60
        )
        assert done.returncode == 0
        until(lambda: len(service.shipped()) == len(recorded(TRACE)))
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((str(TRACE), "--to", "http://192.0.2.1:8080"), "would send the token in clear"),
        ((str(TRACE), "--to", "ftp://x"), "is not the address of a service"),
        (("nowhere0", "--to", "https://192.0.2.1"), "`nowhere0` is neither a network interface nor a capture"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    said = refused(*arguments, "--spool", str(tmp_path / "spool"), SENTINEL_COLLECT_TOKEN="token")
    assert says in said


def test_a_token_is_not_read_from_a_file_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("token")
    path.chmod(0o644)
    said = refused(
        str(TRACE), "--to", "https://192.0.2.1", "--token-file", str(path), "--spool", str(tmp_path / "spool")
    )
    assert "can be read by others" in said


def test_without_a_token_nothing_begins(tmp_path: Path) -> None:
    assert "needs its token" in refused(str(TRACE), "--to", "https://192.0.2.1", "--spool", str(tmp_path / "spool"))
