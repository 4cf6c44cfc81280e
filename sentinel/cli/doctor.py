"""`sentinel doctor`: what this installation has and lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sentinel.cli.language import LANGUAGES, WORDS, preferred
from sentinel.cli.options import cryptography, data_option, store_of, stored, suites


@click.command()
@data_option
@click.option("--rules", type=click.Path(path_type=Path), envvar="SENTINEL_RUN_RULES", help="rules to look at")
@click.option("--site", type=click.Path(path_type=Path), envvar="SENTINEL_RUN_SITE", help="site plan to look at")
@stored
@cryptography
@suites
@click.option("--language", type=click.Choice(LANGUAGES), default=preferred, help="of what is told")
def doctor(
    data: Path, rules: Path | None, site: Path | None, store: str, store_ca: Path | None, store_secret: Path | None,
    crypto_library: str, slow_signing: bool, tls_suites: str,
    language: str,
) -> None:  # fmt: skip
    """Look at this installation and say what it has and lacks; exit status 1 if something cannot be used."""
    from sentinel.crypto.base import Settings
    from sentinel.doctor.base import Patient, State, examine

    words = WORDS[language]
    found = examine(Patient(data.absolute(), Settings(crypto_library, slow_signing), tls_suites, rules, site,
                            store_of(store, store_ca, store_secret)))  # fmt: skip
    for finding in found:
        click.echo(f"{words[finding.state]}\t{finding.what}\t{finding.told(language)}")
    sys.exit(1 if any(finding.state is State.FAILED for finding in found) else 0)
