"""Rules, site plan and drafts of the policy as signed bundles, where the operator asks for that: what is not as it was signed is not taken.

What was read to verify a bundle is what is loaded from it: rules from memory, a site plan from a copy in the data folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from sentinel.access.authoring.files import read_folder
from sentinel.config import Config
from sentinel.crypto.bundle import Bundle
from sentinel.detection import RuleSet
from sentinel.errors import BundleError
from sentinel.keys.bundles import Bundles
from sentinel.keys.opening import suite_of
from sentinel.pipeline import load_rule_files, load_rules, site_of
from sentinel.site import table_files
from sentinel.store.control import ControlDatabase

RULES, SITE, POLICIES = "rules", "site", "policies"


def rules_loader(config: Config, control: ControlDatabase) -> Callable[[Path], RuleSet]:
    """What loads a folder of rules: with signing on, only if it is a bundle that may be taken."""
    if config.bundle_keys is None:
        return load_rules
    bundles = Bundles(suite_of(config), config.bundle_keys, control)

    def load(folder: Path) -> RuleSet:
        bundle = bundles.verified(RULES, folder)
        rules = load_rule_files({folder / name: octets for name, octets in bundle.files.items()}, folder)
        bundles.take(bundle)
        return rules

    return load


def taken(config: Config, control: ControlDatabase) -> Config:
    """The configuration with the site plan as it was verified; raises `BundleError` for a plan or rules that are not."""
    rules_loader(config, control)(config.rules)
    if config.bundle_keys is None or config.site is None:
        site_of(config)
        return config
    bundles = Bundles(suite_of(config), config.bundle_keys, control)
    bundle = bundles.verified(SITE, config.site.parent)
    copied = replace(config, site=_copied(bundle, config.data / "bundles") / config.site.name)
    _only_signed(bundle, copied.site)
    site_of(copied)
    bundles.take(bundle)
    return copied


def policies_signed(config: Config) -> bool:
    """Whether drafts of the policy are taken from signed bundles alone: the key for them is among those that are trusted."""
    return config.bundle_keys is not None and (config.bundle_keys / f"{POLICIES}.pub").exists()


@contextlib.contextmanager
def policy_files(config: Config, control: ControlDatabase, folder: Path) -> Iterator[Mapping[str, str]]:
    """The files of a policy, to be drafted: with signing on, as a bundle has them, which is taken once they are."""
    if not policies_signed(config) or config.bundle_keys is None:
        yield read_folder(folder)
        return
    bundles = Bundles(suite_of(config), config.bundle_keys, control)
    bundle = bundles.verified(POLICIES, folder)
    try:
        files = {name: octets.decode() for name, octets in bundle.files.items()}
    except UnicodeDecodeError as error:
        raise BundleError(f"a file in `{folder}` is not UTF-8 text") from error
    yield files
    bundles.take(bundle)


def _only_signed(bundle: Bundle, plan: Path | None) -> None:
    """Raises `BundleError` for a plan that names a table that was not signed with it, wherever that lies."""
    if plan is None or plan.name not in bundle.files:
        raise BundleError(f"`{plan.name if plan else ''}` is not in the bundle of the site plan")
    for name in table_files(plan):
        if name not in bundle.files:
            raise BundleError(f"`{plan.name}` names the table `{name}`; expected a file that its bundle lists")


def _copied(bundle: Bundle, where: Path) -> Path:
    folder = where / f"{bundle.manifest.kind}-{bundle.digest[:16]}"
    try:
        for name, octets in bundle.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
    except OSError as error:
        raise BundleError(f"`{folder}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    return folder
