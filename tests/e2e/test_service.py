"""The service as a process: it starts, says what is wrong in one line, outlives its parts, and loses nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentinel.audit import standalone
from sentinel.audit.checkpoint import verifies
from sentinel.audit.ledger import Ledger
from sentinel.audit.record import decode
from sentinel.errors import ConfigError
from sentinel.evidence.ring import LATEST, Ring
from sentinel.model.capture import records
from sentinel.model.event import Value
from sentinel.service import _alone
from sentinel.store.backends.sqlite import SqliteStore
from sentinel.store.base import AlertFilter, Span

TRACE = Path("tests/traces/gtpu/gtp-in-gtp.pcap")
SITE = "deploy/examples/site-demo/site.yaml"
COMMAND = [sys.executable, "-c", "from sentinel.cli import main; main()", "run", "--site", SITE]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def until(what: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


@contextmanager
def service(data: Path, *more: str, port: int = 0, **popen: object) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "--data", str(data), "--listen", f"127.0.0.1:{port or free_port()}", *more]
    process = subprocess.Popen(  # type: ignore[call-overload]  # options of Popen, passed on
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)  # each of two steps may take the service 15 s


def children(process: subprocess.Popen[str]) -> dict[str, int]:
    """Process ids of worker, door and keeper, in the order in which they are started."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in listed}
    return dict(
        zip(("worker", "door", "keeper"), (pid for pid in commands if "spawn_main" in commands[pid]), strict=False)
    )


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def status(data: Path) -> dict[str, Value]:
    if not (data / "events.db").exists():
        return {}
    store = SqliteStore(data / "events.db")
    try:
        return dict(store.status("worker"))
    finally:
        store.close()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--capture", "nowhere.pcap"], "nowhere.pcap"),
        (["--capture", "README.md"], "is no capture"),
        (["--interface", "nowhere0"], "nowhere0"),
        (["--time-zone", "Mars/Olympus"], "is no time zone"),
        (["--tls-certificate", "README.md", "--tls-key", "README.md"], "no certificate and key"),
        (["--site", "nowhere.yaml"], "nowhere.yaml"),
        (["--rules", "docs"], "docs"),
    ],
)
def test_what_cannot_be_run_is_said_and_ends_with_status_2(tmp_path: Path, options: list[str], says: str) -> None:
    with service(tmp_path, *options) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert says in errors
    assert "Traceback" not in errors


def test_a_folder_that_cannot_be_made_is_said() -> None:
    with service(Path("/proc/sentinel")) as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.count("\n")) == (2, 1)


def test_a_port_in_use_is_said_before_a_token_is_printed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, service(tmp_path, port=taken.getsockname()[1]) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, "")
    assert "is in use" in errors


def test_the_address_is_said_when_the_door_answers(tmp_path: Path) -> None:
    port = free_port()
    with service(tmp_path, port=port) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Console: http://127.0.0.1:{port}/\n"
        assert answers(port)
        assert process.stdout.readline().startswith("Set-up token")


def test_one_data_folder_is_for_one_service(tmp_path: Path) -> None:
    with service(tmp_path) as first:
        until((tmp_path / "events.db").exists)
        with service(tmp_path) as second:
            _, errors = second.communicate(timeout=60)
        assert first.poll() is None
    assert second.returncode == 2
    assert "in use by another service" in errors


def test_a_quiet_pipe_is_still_reported_and_its_end_too(tmp_path: Path) -> None:
    with service(tmp_path, "--capture", "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        os.write(process.stdin.fileno(), TRACE.read_bytes())
        until(lambda: status(tmp_path).get("events"))
        first = status(tmp_path)
        until(lambda: int(str(status(tmp_path)["time"])) > int(str(first["time"])))
        assert status(tmp_path)["watching"] is True
        process.stdin.close()
        process.stdin = None
        until(lambda: status(tmp_path)["watching"] is False)


@pytest.mark.parametrize("victim", ["worker", "door"])
def test_a_part_that_is_killed_is_started_again_and_nothing_is_lost(tmp_path: Path, victim: str) -> None:
    port = free_port()
    with service(tmp_path, "--capture", str(TRACE), port=port) as process:
        until(lambda: len(children(process)) == 3 and status(tmp_path).get("events"))
        until(lambda: answers(port))
        before = len(SqliteStore(tmp_path / "events.db").events("", Span(), 10_000).rows)
        pids = set(children(process).values())
        os.kill(children(process)[victim], signal.SIGKILL)
        until(lambda: len(children(process)) == 3 and set(children(process).values()) != pids)
        until(lambda: answers(port))
        time.sleep(2)
        store = SqliteStore(tmp_path / "events.db")
        assert len(store.events("", Span(), 10_000).rows) == before
        assert [record.alert.count for record in store.alerts(AlertFilter(), 10).rows] == [1, 1]


def test_a_worker_that_dies_over_a_pipe_ends_the_service(tmp_path: Path) -> None:
    """The pipe goes on in mid-capture, where nobody can begin: whoever started both has to start them again."""
    with service(tmp_path, "--capture", "-", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        os.write(process.stdin.fileno(), TRACE.read_bytes())
        until(lambda: len(children(process)) == 3 and status(tmp_path).get("events"))
        os.kill(children(process)["worker"], signal.SIGKILL)

        def goes_on() -> bool:
            with contextlib.suppress(BrokenPipeError):
                os.write(process.stdin.fileno(), TRACE.read_bytes()[24:200])  # type: ignore[union-attr]
            return process.poll() is not None

        until(goes_on)
        assert process.returncode == 2


def test_what_is_stored_is_for_its_owner_only(tmp_path: Path) -> None:
    with service(tmp_path):
        until(lambda: status(tmp_path))
        assert [path.name for path in (tmp_path, *tmp_path.iterdir()) if path.stat().st_mode & 0o077] == []


def test_a_damaged_store_is_said(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"this is no database" * 1000)
    with service(tmp_path) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "not a database" in errors
    assert "Traceback" not in errors


def test_when_the_service_is_killed_its_parts_end(tmp_path: Path) -> None:
    with service(tmp_path) as process:
        until(lambda: len(children(process)) == 3 and status(tmp_path))
        pids = list(children(process).values())
        process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_service_that_was_killed_starts_again_at_once(tmp_path: Path) -> None:
    """Its parts hold the data folder until they end; then the same port is free."""
    port = free_port()
    with service(tmp_path, port=port) as process:
        until(lambda: len(children(process)) == 3 and answers(port))
        process.kill()
        process.wait()
        with (tmp_path / "lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with service(tmp_path, port=port) as again:
            until(lambda: len(children(again)) == 3 and answers(port))


def test_what_is_left_of_a_killed_service_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And said to be; a service that lives is not."""
    held = (tmp_path / "lock").open("w")
    held.write(str(os.getpid()))
    held.flush()
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(ConfigError, match="in use by another service"), _alone(tmp_path):
        pass
    (tmp_path / "lock").write_text("999999999")  # nobody's number
    threading.Timer(0.3, held.close).start()
    with _alone(tmp_path):
        assert "that was killed still run" in caplog.text


def test_it_stops_when_told_and_shows_no_secret(tmp_path: Path) -> None:
    with service(tmp_path, "--capture", "-", stdin=subprocess.PIPE) as process:
        until(lambda: status(tmp_path))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    token = re.search(r"administrator\): (\S+)", output)
    assert token is not None
    assert token[1] not in errors


def test_its_start_and_its_end_are_records_that_are_signed(tmp_path: Path) -> None:
    """The keeper ends last, also where all parts are told to end at once, as systemd does."""
    with service(tmp_path / "data", "--capture", "-", stdin=subprocess.PIPE) as process:
        until((tmp_path / "data" / "audit" / "checkpoints").exists)
        os.kill(children(process)["keeper"], signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    folder = tmp_path / "data" / "audit"
    ledger = Ledger(folder)
    size = ledger.log.head()[0]
    actions = [decode(octets).action for octets in ledger.log.records(0, size)]
    ledger.close()
    report = standalone.verify(standalone.opened(folder), standalone.key_of(str(folder / "public")), (), None, verifies)
    assert (report.findings, report.covered) == ([], size)
    assert (actions[0], actions[-1]) == ("service.started", "service.stopped")
    assert "audit.heartbeat" in actions


def test_public_keys_that_are_removed_come_back_and_are_an_alert(tmp_path: Path) -> None:
    """While the service runs: the keeper tells it, the worker judges it."""
    data = tmp_path / "data"

    def alerted() -> bool:
        store = SqliteStore(data / "events.db")
        try:
            return "access-records-unsound" in {row.alert.rule.slug for row in store.alerts(AlertFilter(), 10).rows}
        finally:
            store.close()

    with service(data, "--capture", "-", stdin=subprocess.PIPE):
        until((data / "audit" / "checkpoints").exists, 90)
        public = data / "audit" / "public"
        whole = public.read_bytes()
        public.unlink()
        until(public.exists, 60)
        assert public.read_bytes() == whole
        until(alerted, 60)


def test_packets_are_kept_also_when_the_worker_is_killed(tmp_path: Path) -> None:
    """On disk soon after they come, found again by tunnel, and the next worker goes on behind them."""
    with service(tmp_path, "--capture", str(TRACE)) as process:
        until(lambda: status(tmp_path).get("evidence.kept"))
        before = Ring(tmp_path / "evidence").cut((), 0, LATEST).packets
        os.kill(children(process)["worker"], signal.SIGKILL)
        until(lambda: len(Ring(tmp_path / "evidence").cut((), 0, LATEST).packets) >= 2 * len(before))
    files = sorted(path for path in (tmp_path / "evidence").rglob("*") if path.is_file())
    assert [path.name for path in files] == [
        "0000000000.index",
        "0000000000.pcapng",
        "0000000001.index",
        "0000000001.pcapng",
    ]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    summaries = [packet.summary for packet in before]
    teid = next(text for text in summaries if text.startswith("GTP-U 0x")).split()[1].rstrip(":")
    output = tmp_path / "cut.pcapng"
    cut = ["evidence", "cut", "--data", str(tmp_path), "--teid", teid, "-o", str(output)]
    subprocess.run([*COMMAND[:3], *cut], check=True, capture_output=True)
    found = records(output.read_bytes())
    assert len(found) > 0
    assert len(found) % 2 == 0
