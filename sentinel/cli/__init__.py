"""The `sentinel` command."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sentinel.cli.analyze import analyze, decode
from sentinel.cli.audit import audit
from sentinel.cli.bundle import bundle
from sentinel.cli.ca import ca
from sentinel.cli.collect import collect, collector
from sentinel.cli.doctor import doctor
from sentinel.cli.drill import drill
from sentinel.cli.enforce import enforce
from sentinel.cli.evidence import evidence
from sentinel.cli.key import keys
from sentinel.cli.language import preferred
from sentinel.cli.login import login
from sentinel.cli.policy_locks import policy
from sentinel.cli.rules import rules
from sentinel.cli.run import run
from sentinel.cli.site import site
from sentinel.cli.store import store
from sentinel.cli.translated import translate
from sentinel.cli.user import user
from sentinel.errors import ConfigError, SentinelError

UNUSABLE = 2  # exit status: bad arguments, or input that cannot be used


@click.group(context_settings={"auto_envvar_prefix": "SENTINEL", "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sentinel-5g", prog_name="sentinel")
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings, a TOML file")
@click.pass_context
def commands(context: click.Context, config: Path | None) -> None:
    """Watch a private 5G standalone network from its mirror ports.

    Every option can also be set in the environment (SENTINEL_RUN_DATA=…) or in a TOML file
    with a table for each command ([run] data = "…").
    """
    if config is not None:
        context.default_map = _settings(config)


def _settings(path: Path) -> dict[str, dict[str, object]]:
    """The settings of a TOML file; a table or key that no command has is a mistake."""
    import tomllib

    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for name, table in tables.items():
        command = commands.commands.get(name)
        if command is None or not isinstance(table, dict):
            raise ConfigError(f"{path}: `{name}` is no command; expected tables of {', '.join(commands.commands)}")
        known = {option.name for option in command.params}
        for key in table.keys() - known:
            raise ConfigError(
                f"{path}: `{name}` has no setting `{key}`; it has {', '.join(sorted(filter(None, known)))}"
            )
    return tables


for command in (
    analyze,
    decode,
    run,
    collect,
    collector,
    rules,
    policy,
    drill,
    enforce,
    evidence,
    site,
    store,
    user,
    login,
    audit,
    doctor,
    keys,
    bundle,
    ca,
):
    commands.add_command(command)


def main() -> None:
    """Entry point: errors of ours are one clear line each and exit status 2."""
    if preferred() == "zh-CN":
        translate(commands)
    try:
        commands()
    except SentinelError as error:
        for line in str(error).splitlines():
            click.echo(f"sentinel: {line}", err=True)
        sys.exit(UNUSABLE)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(0)
