"""Signed bundles: a folder whose files are listed with their SM3 in a manifest, and the manifest signed by SM2.

`bundle.json` is canonical JSON: kind, name, version, from when and until when it holds, and every file. `bundle.sig` holds
the signature, in base64, over the kind and the octets of the manifest; each kind has a key of its own. Whoever verifies
reads each file once and works with what was read, so that nothing changes in between.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from sentinel.crypto.base import enc
from sentinel.crypto.curve import PrivateKey, PublicKey
from sentinel.crypto.suite import Suite
from sentinel.errors import BundleError, SignatureError
from sentinel.model.bundles import KINDS

MANIFEST, SIGNATURE = "bundle.json", "bundle.sig"
FORM = "sentinel-bundle-1"
_CONTEXT = b"sentinel bundle"
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}")
_FIELDS = {"form", "kind", "name", "version", "not_before", "not_after", "files"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself; times are seconds since the epoch, files are by their paths with their SM3."""

    kind: str
    name: str
    version: str
    not_before: int
    not_after: int
    files: Mapping[str, str]

    @property
    def order(self) -> tuple[int, ...]:
        """What versions are compared by."""
        return tuple(map(int, self.version.split(".")))

    def encoded(self) -> bytes:
        """Canonical JSON: sorted, without spaces."""
        told = {name: getattr(self, name) for name in _FIELDS - {"form", "files"}}
        return orjson.dumps({**told, "form": FORM, "files": dict(self.files)}, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was verified: its manifest, the SM3 of that, and its files as they were read."""

    manifest: Manifest
    digest: str
    files: Mapping[str, bytes] = field(repr=False)


def sign(suite: Suite, folder: Path, key: PrivateKey, about: Manifest) -> Manifest:
    """Put manifest and signature into the folder; `about` says all but the files."""
    digests = {name: suite.active.sm3(octets).hex() for name, octets in _files(folder).items()}
    manifest = Manifest(about.kind, about.name, about.version, about.not_before, about.not_after, digests)
    octets = manifest.encoded()
    _parsed(octets, folder)  # what would be refused is not signed
    signature = suite.sign(key, _signed(manifest.kind, octets))
    try:
        (folder / MANIFEST).write_bytes(octets)
        (folder / SIGNATURE).write_bytes(base64.b64encode(signature) + b"\n")
    except OSError as error:
        raise BundleError(f"`{error.filename}` cannot be written: {(error.strerror or str(error)).lower()}") from error
    return manifest


def verify(suite: Suite, folder: Path, kind: str, key: PublicKey, now: float) -> Bundle:
    """The bundle in the folder; raises `BundleError` where anything of it is not as it was signed, naming what."""
    octets = _read(folder / MANIFEST, "is not signed")
    try:
        signature = base64.b64decode(_read(folder / SIGNATURE, "is not signed").strip(), validate=True)
        suite.verify(key, _signed(kind, octets), signature)
    except (SignatureError, binascii.Error) as error:
        raise BundleError(f"`{folder}` is not signed by the key for `{kind}`") from error
    manifest = _parsed(octets, folder)
    if manifest.kind != kind:
        raise BundleError(f"`{folder}` is a bundle of `{manifest.kind}`; expected `{kind}`")
    _in_time(manifest, folder, now)
    files = _files(folder)
    _compare(suite, folder, manifest, files)
    return Bundle(manifest, suite.active.sm3(octets).hex(), files)


def _signed(kind: str, octets: bytes) -> bytes:
    return enc(_CONTEXT, kind, octets)


def _parsed(octets: bytes, folder: Path) -> Manifest:
    """The manifest of these octets, which are the only ones that say the same."""
    try:
        manifest = _made(orjson.loads(octets))
        whole = manifest.encoded() == octets
    except (ValueError, TypeError, AttributeError, KeyError):
        whole = False
    if not whole:
        raise BundleError(f"the manifest of `{folder}` is not of the form `{FORM}`, in canonical JSON")
    return manifest


def _made(said: dict[str, Any]) -> Manifest:
    manifest = Manifest(**{name: said[name] for name in _FIELDS - {"form"}})
    texts = (manifest.name, *manifest.files, *manifest.files.values())
    numbers = (manifest.not_before, manifest.not_after)
    if not all(isinstance(each, str) for each in texts) or not all(type(each) is int for each in numbers):
        raise TypeError(said)
    if manifest.kind not in KINDS or not _VERSION.fullmatch(manifest.version):
        raise ValueError(said)
    return manifest


def _in_time(manifest: Manifest, folder: Path, now: float) -> None:
    if now < manifest.not_before:
        raise BundleError(f"`{folder}` does not hold before {_spoken(manifest.not_before)}")
    if now >= manifest.not_after:
        raise BundleError(f"`{folder}` holds no longer, since {_spoken(manifest.not_after)}")


def _compare(suite: Suite, folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    for name in sorted(manifest.files.keys() | files.keys()):
        if name not in files:
            raise BundleError(f"`{name}` is missing in `{folder}`")
        if name not in manifest.files:
            raise BundleError(f"`{name}` in `{folder}` is not in its manifest")
        if suite.active.sm3(files[name]).hex() != manifest.files[name]:
            raise BundleError(f"`{name}` in `{folder}` is not as it was signed")


def _files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder but manifest and signature, by its path there; links are none."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise BundleError(f"`{name}` in `{folder}` is a link; a bundle has files alone")
        if path.is_file() and name not in {MANIFEST, SIGNATURE}:
            found[name] = _read(path, "cannot be read")
    return found


def _read(path: Path, otherwise: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundleError(f"`{path.parent}` {otherwise}; expected `{path.name}` there") from error
    except OSError as error:
        raise BundleError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error


def _spoken(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
