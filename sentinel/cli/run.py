"""`sentinel run`: the service."""

from __future__ import annotations

from pathlib import Path

import click

from sentinel.cli.language import LANGUAGES
from sentinel.cli.options import (
    captured,
    cryptography,
    data_folder,
    filtered,
    kept,
    rooted,
    store_of,
    stored,
    suites,
)  # fmt: skip
from sentinel.config import SECOND_FACTOR, Config, parse_listen, parse_mutual, shipped


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), default=data_folder, help="where everything is kept"
)
@click.option("--site", type=click.Path(path_type=Path), help="site plan: what the network should be")
@click.option("--rules", type=click.Path(path_type=Path), help="rules to use instead of those that came along")
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    help="watch this network interface, such as a mirror port; several are one network; needs CAP_NET_RAW",
)
@filtered
@captured
@click.option(
    "--capture", "captures", multiple=True, help="watch this capture; `-` is standard input, such as tcpdump's"
)
@click.option("--demo", is_flag=True, help="play sample traffic with attacks in it, live and again and again")
@kept
@click.option("--collector-silence", type=click.IntRange(15, 86_400), default=60, show_default=True,
              help="seconds after which a collector that says nothing is told as silent")  # fmt: skip
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    help="where keys are kept, apart from the data  [default: DATA-keys]",
)
@click.option(
    "--audit-anchor",
    "anchors",
    multiple=True,
    help="leave a checkpoint of the audit log here every hour: a file, `syslog`, or `syslog:HOST:PORT`",
)
@click.option(
    "--seal/--no-seal",
    default=False,
    show_default=True,
    help="keep SUPI, PEI and GPSI sealed, behind pseudonyms; originals are shown by role and reason",
)
@rooted
@click.option(
    "--bundle-keys",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="take only rules and site plans that are signed by rules.pub and site.pub of this folder, and with policies.pub in it, only such drafts (sentinel bundle)",
)
@stored
@click.option("--store-spool-mib", type=click.IntRange(16, 1 << 24), default=4096, show_default=True,
              help="events that may wait on disk while Elasticsearch is away, MiB; captures wait when it is full, live events are lost")  # fmt: skip
@click.option("--control-database", "control", default="", metavar="URL",
              help="postgresql://USER@HOST/NAME for accounts, policies and keys; the default is in the data folder")  # fmt: skip
@cryptography
@click.option("--separate-roles", is_flag=True,
              help="nobody holds the duties of two administrators: system, security, audit")  # fmt: skip
@click.option(
    "--second-factor",
    type=click.Choice(SECOND_FACTOR),
    default="offered",
    show_default=True,
    help="who has to log in with a second factor; whoever has one is asked for it in any case",
)
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="where the console listens")
@click.option("--tls-certificate", type=click.Path(path_type=Path, exists=True), help="PEM; needed beyond this host")
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True), help="PEM")
@click.option(
    "--envoy-listen", metavar="HOST:PORT", help="where Envoy asks by gRPC (ext_authz), with the same certificate"
)
@suites
@click.option("--collector-listen", metavar="HOST:PORT",
              help="where collectors connect by TLS with SM2 certificates; then nothing is taken from them elsewhere")  # fmt: skip
@click.option("--collector-certificate", type=click.Path(path_type=Path, exists=True), help="PEM; see `sentinel ca`")
@click.option("--collector-key", type=click.Path(path_type=Path, exists=True), help="PEM, mode 0600")
@click.option("--public-url", default="", help="as others call the service, such as https://sentinel.plant; "
              "the default is where it listens")  # fmt: skip
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="of times in the console")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh-CN", show_default=True,
              help="of the console for those whose browser asks for neither")  # fmt: skip
def run(
    data: Path, site: Path | None, rules: Path | None, interfaces: tuple[str, ...], filter: str, source: str,
    captures: tuple[str, ...], demo: bool,
    evidence_mib: int, evidence_days: int, evidence_snap: int, collector_silence: int, keys: Path | None,
    anchors: tuple[str, ...], seal: bool, store: str, store_ca: Path | None, store_secret: Path | None,
    store_spool_mib: int, control: str, root_key: str, bundle_keys: Path | None, crypto_library: str, slow_signing: bool, separate_roles: bool, second_factor: str, listen: str,
    tls_certificate: Path | None, tls_key: Path | None, envoy_listen: str | None, tls_suites: str, collector_listen: str | None,
    collector_certificate: Path | None, collector_key: Path | None, public_url: str, time_zone: str, language: str,
) -> None:  # fmt: skip
    """Run the service: worker, console and API."""
    from sentinel import service  # here: the web framework is slow to load and only needed for this command

    config = Config(
        data=data.absolute(), rules=rules or shipped("rules"), site=site, captures=captures,
        interfaces=interfaces, filter=filter, source=source, demo=demo,
        evidence_mib=evidence_mib, evidence_days=evidence_days, evidence_snap=evidence_snap,
        collector_silence=collector_silence, keys=keys.absolute() if keys else None, anchors=anchors,
        seal=seal, **store_of(store, store_ca, store_secret), store_spool_mib=store_spool_mib, control=control, root_key=root_key, bundle_keys=bundle_keys.absolute() if bundle_keys else None, crypto_library=crypto_library, slow_signing=slow_signing,
        separate_roles=separate_roles, second_factor=second_factor, listen=parse_listen(listen, tls_certificate, tls_key),
        envoy=parse_listen(envoy_listen, tls_certificate, tls_key) if envoy_listen else None,
        mutual=parse_mutual(tls_suites, collector_listen, collector_certificate, collector_key), public_url=public_url, time_zone=time_zone, language=language,
    )  # fmt: skip
    service.run(config, click.echo)
