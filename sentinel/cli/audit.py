"""`sentinel audit`: verify the audit log, hand it to auditors, witness that of another host."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentinel.cli.collect import certified, dialled
from sentinel.cli.installation import commander
from sentinel.cli.language import LANGUAGES, preferred
from sentinel.cli.options import data_option, suites
from sentinel.config import Config, shipped
from sentinel.errors import AuditError, ConfigError, InputError, SentinelError

if TYPE_CHECKING:
    from sentinel.audit.checkpoint import Signer
    from sentinel.audit.witness import Witness
    from sentinel.shipping.sender import Sender

_token = click.option("--token", envvar="SENTINEL_TOKEN", default="", help="better in the environment: SENTINEL_TOKEN")
_ca = click.option("--ca", type=click.Path(path_type=Path, exists=True), help="PEM, of the authority of the service")


@click.group()
def audit() -> None:
    """The audit log: verify it, export it, witness it."""


@audit.command()
@click.argument("log", metavar="[FILE|FOLDER|URL]", default="")
@data_option
@click.option("--key", required=True, help="the log's public key: a line, or a file with it")
@click.option("--witness", "witnesses", multiple=True, help="the public key of a witness that must have cosigned")
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False),
              help="remember the last checkpoint here, and demand that the log goes on from it")  # fmt: skip
@_token
@_ca
@click.option("--language", type=click.Choice(LANGUAGES), default=preferred, help="of what is told")
def verify(
    log: str, data: Path, key: str, witnesses: tuple[str, ...], state: Path | None, token: str, ca: Path | None,
    language: str,
) -> None:  # fmt: skip
    """Check that a log is what was signed: an export, a folder, or the log of a service; without one that of --data.

    The exit status is 0 if it is, 1 if it is not, 2 if it cannot be read. `sentinel audit script` prints the same
    as one file that needs nothing of Sentinel.
    """
    from sentinel.audit import standalone
    from sentinel.audit.checkpoint import verifies

    try:
        known = standalone.remembered(state) if state else None
        with _fetched(log or str(_folder(data)), token, ca) as path:
            named = [standalone.key_of(each) for each in witnesses]
            report = standalone.verify(standalone.opened(path), standalone.key_of(key), named, known, verifies)
    except (standalone.UnusableError, OSError) as error:
        raise InputError(str(error)) from error
    if report.good and state is not None and report.last is not None:
        state.write_text(report.last.raw, "utf-8")
    for line in standalone.lines(report, chinese=language == "zh-CN"):
        click.echo(line)
    sys.exit(0 if report.good else 1)


@contextlib.contextmanager
def _fetched(log: str, token: str, ca: Path | None) -> Iterator[Path]:
    """The log as a file or folder here."""
    if not log.startswith(("http://", "https://")):
        yield Path(log)
        return
    import ssl
    import urllib.error
    import urllib.request

    address = f"{log.rstrip('/')}/api/v1/audit/export"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  # http or https
    context = ssl.create_default_context(cafile=str(ca) if ca else None) if log.startswith("https:") else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as answer, path.open("wb") as file:  # noqa: S310
                shutil.copyfileobj(answer, file)
        except urllib.error.HTTPError as error:
            error.close()
            raise InputError(f"`{log}` answers {error.code}; expected the token of an auditor's session") from error
        yield path


@audit.command()
@data_option
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), required=True, help="a text file")
@click.option("--proofs", is_flag=True,
              help="a selection: the records asked for that are signed, each with its proof and the checkpoint")  # fmt: skip
@click.option("--actor", default="", help="with --proofs: whose name holds this")
@click.option("--action", default="", help="the same: of this kind, as `user.added`")
@click.option("--target", default="", help="the same: what it was done to holds this")
@click.option("--from", "since", default="", help="the same: RFC 3339, or -1h before now")
@click.option("--to", "until", default="", help="the same; the moment itself is left out")
def export(
    data: Path, output: Path, proofs: bool, actor: str, action: str, target: str, since: str, until: str
) -> None:  # fmt: skip
    """Write the log with its checkpoints into a file, for auditors; or what was asked for of it, with proofs."""
    from sentinel.audit.ledger import Ledger, Wanted
    from sentinel.model.audit import Act, Action
    from sentinel.store.moment import parse_moment

    now = time.time_ns()
    wanted = Wanted(actor, action, target, parse_moment(since, now), parse_moment(until, now))
    if not proofs and wanted.told:
        raise InputError("a part of the log is exported with its proofs; expected --proofs")
    with contextlib.closing(Ledger(_folder(data))) as ledger:
        found = ledger.selection(wanted) if proofs else ledger.export()
        ledger.record(Act(Action.AUDIT_EXPORTED, commander(), details={"about": wanted.told} if proofs else {}))
        with output.open("wb") as file:
            file.writelines(found)
    click.echo(f"{output}: verify it with `sentinel audit verify {output} --key …`", err=True)


@audit.command()
@data_option
def key(data: Path) -> None:
    """Print the public key of the log, for auditors: hand it over by a way of its own."""
    from sentinel.audit.heads import Heads

    line = Heads(_folder(data)).line
    if not line:
        raise AuditError("the log has no key yet; `sentinel run` makes one")
    click.echo(line)


@audit.command()
def script() -> None:
    """Print the stand-alone verifier: one Python file that needs nothing but the public key."""
    from sentinel.audit import standalone

    click.echo(Path(standalone.__file__).read_text("utf-8"), nl=False)


def _folder(data: Path) -> Path:
    folder = Config(data=data.absolute(), rules=shipped("rules")).audit
    if not folder.is_dir():
        raise ConfigError(f"`{data}` holds no audit log; give the folder of `sentinel run` with --data")
    return folder


@audit.command()
@click.option("--to", "url", required=True, help="the service whose log is witnessed, https://HOST:PORT")
@click.option("--log-key", required=True, help="the log's public key: a line, or a file with it")
@click.option("--name", required=True, help="the name under which `sentinel collector add` gave the token")
@click.option(
    "--key",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="the witness's private key, made if it is not there; its public key is printed",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="what was cosigned last; without it, the next checkpoint is believed",
)
@click.option("--every", type=click.IntRange(5, 86_400), default=60, show_default=True, help="seconds")
@click.option("--once", is_flag=True, help="look once; exit status 1 if the log does not go on as it should")
@_token
@_ca
@suites
@certified
def witness(
    url: str, log_key: str, name: str, path: Path, state: Path, every: int, once: bool, token: str, ca: Path | None,
    tls_suites: str, tls_certificate: Path | None, tls_key: Path | None, tls_crl: Path | None,
) -> None:  # fmt: skip
    """Cosign the log of a service on another host, as long as it goes on from what was cosigned before."""
    from sentinel.audit.standalone import UnusableError, key_of
    from sentinel.audit.witness import Witness
    from sentinel.shipping.sender import Sender

    signer = _witness_key(name, path)
    click.echo(signer.line)
    try:
        watching = Witness(signer, key_of(log_key), state)
    except UnusableError as error:
        raise InputError(str(error)) from error
    dial = dialled(tls_suites, tls_certificate, tls_key, ca, tls_crl)
    with contextlib.closing(Sender(url, token, ca, dial)) as sender:
        good = _look(watching, sender)
        while not once:
            time.sleep(every)
            _look(watching, sender)
    sys.exit(0 if good else 1)


def _witness_key(name: str, path: Path) -> Signer:
    from sentinel.audit.checkpoint import witness_signer
    from sentinel.crypto.keyfile import dump_private, load_private, read_guarded, write_private
    from sentinel.crypto.suite import suite

    if not path.exists():
        write_private(path, dump_private(suite(), suite().signer.sm2_keygen()))
    return witness_signer(name, load_private(suite(), read_guarded(path)))


def _look(watching: Witness, sender: Sender) -> bool:
    """Cosign what is new; say what is wrong, and go on looking."""
    from sentinel.shipping.sender import AwayError

    known = watching.known
    try:
        sender.cosigned(watching.cosign(*sender.audit_head(known.size if known else 0)))
    except (AwayError, SentinelError) as error:
        click.echo(f"sentinel: not cosigned: {error}", err=True)
        return False
    return True
