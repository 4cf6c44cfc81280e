"""Which bundles are taken: signed by the key for their kind, and never behind the version that was taken before."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from sentinel.crypto.bundle import Bundle, verify
from sentinel.crypto.curve import PublicKey
from sentinel.crypto.keyfile import load_public
from sentinel.crypto.suite import Suite
from sentinel.errors import BundleError
from sentinel.model.audit import SERVICE, Act, Action
from sentinel.store.control import ControlDatabase, TakenBundle


class Bundles:
    """Bundles under the public keys of a folder: `rules.pub`, `site.pub` and so on."""

    def __init__(
        self, suite: Suite, keys: Path, control: ControlDatabase, clock: Callable[[], float] = time.time
    ) -> None:
        self._suite, self._keys, self._control, self._clock = suite, keys, control, clock

    def verified(self, kind: str, folder: Path) -> Bundle:
        """The bundle in a folder, if it may be taken; raises `BundleError`."""
        bundle = verify(self._suite, folder, kind, self._key(kind), self._clock())
        with self._control.begin() as session:
            self._no_lower(bundle, session.get(TakenBundle, kind))
        return bundle

    def take(self, bundle: Bundle) -> None:
        """It is at work from now on: nothing lower is taken after it, and that is recorded."""
        manifest = bundle.manifest
        with self._control.begin() as session:
            last = session.get(TakenBundle, manifest.kind, with_for_update=True)
            self._no_lower(bundle, last)
            if last is not None and last.digest == bundle.digest:
                return
            details = {"kind": manifest.kind, "version": manifest.version, "digest": bundle.digest}
            session.tell(Act(Action.BUNDLE_CHANGED, SERVICE, manifest.name, details=details))
            session.merge(
                TakenBundle(
                    kind=manifest.kind, name=manifest.name, version=manifest.version, digest=bundle.digest,
                    taken=self._clock(),
                )
            )  # fmt: skip

    def _no_lower(self, bundle: Bundle, last: TakenBundle | None) -> None:
        if last is None or last.digest == bundle.digest:
            return
        manifest, before = bundle.manifest, tuple(map(int, last.version.split(".")))
        if manifest.order < before:
            raise BundleError(
                f"the bundle of `{manifest.kind}` has version {manifest.version}, and {last.version} was taken before; "
                "older contents are taken under a new version"
            )
        if manifest.order == before:
            raise BundleError(f"version {manifest.version} of `{manifest.kind}` was taken before with other contents")

    def _key(self, kind: str) -> PublicKey:
        path = self._keys / f"{kind}.pub"
        try:
            return load_public(path.read_bytes())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BundleError(f"`{path}`, the key that signs `{kind}`, cannot be read: {reason}") from error
