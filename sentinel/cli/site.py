"""`sentinel site`: the site plan."""

from __future__ import annotations

from pathlib import Path

import click

from sentinel.site import load_site


@click.group()
def site() -> None:
    """The site plan: what the network should be."""


@site.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a site plan and the tables it names; a mistake names file and line."""
    plan = load_site(file)
    click.echo(
        f"{plan.site}: {len(plan.gnbs)} gNBs, {len(plan.network_functions)} network functions, "
        f"{len(plan.terminals)} terminals, {len(plan.assets)} assets"
    )
