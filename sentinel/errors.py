"""The errors Sentinel raises: one root, one subclass per noun.

Messages are lower case, without a full stop, user input in backticks, and say what was expected.
"""

from __future__ import annotations

from pathlib import Path


class SentinelError(Exception):
    """Root of every error that Sentinel raises on purpose."""


class InputError(SentinelError):
    """Input that cannot be read at all; the commands exit with status 2."""


class ConfigError(SentinelError):
    """A setting is missing or not of its form."""


class ServiceError(SentinelError):
    """The service cannot go on."""


class StoreError(SentinelError):
    """A store cannot take or give what was asked."""


class IngestError(SentinelError):
    """What a collector sends is not of its form, and never will be."""


class SequenceError(IngestError):
    """The number of a batch cannot be taken: under another name of its spool it can."""


class EvidenceError(SentinelError):
    """Packets cannot be cut, written or verified as asked."""


class UnopenedError(EvidenceError):
    """What is asked for is sealed, and nothing of it opens."""


class DissectionError(SentinelError):
    """tshark could not dissect a packet within its bounds."""


class NoDissectorError(SentinelError):
    """tshark, which dissects packets, is not installed."""


class CryptoError(SentinelError):
    """Cryptography cannot be done here, or not with what was given."""


class KeyMaterialError(CryptoError):
    """A key is not of its form, not on its curve, or not to be opened."""


class SignatureError(CryptoError):
    """A signature is not of this message under this key."""


class CertificateError(CryptoError):
    """A certificate, a request for one or a revocation list is not to be relied on; the message says why."""


class TlsError(CryptoError):
    """A TLS connection cannot go on."""


class BundleError(CryptoError):
    """A bundle is unsigned, altered, out of its time or behind the version that was taken."""


class SealError(CryptoError):
    """What is sealed cannot be opened: another key, another place, or changed."""


class AuditError(SentinelError):
    """The audit log cannot take a record, or is not what was signed."""


class ProofError(AuditError):
    """A proof does not show what it should."""


class QueryError(SentinelError):
    """A search expression is not of the query language; `column` is where, counted from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


class TriageError(SentinelError):
    """A change to an alert that makes no sense: nothing to change, or a closing without a reason."""


class ConflictError(SentinelError):
    """Somebody else changed the record first."""


class AuthenticationError(SentinelError):
    """The caller is not who they say, or says nothing."""


class AuthorizationError(SentinelError):
    """The caller is known and may not do this."""


class ReasonError(AuthorizationError):
    """The caller may do this, but has to say why first."""


class FileError(SentinelError):
    """A mistake in a file that a person wrote; names the file and, where known, the line."""

    def __init__(self, message: str, path: Path | str, line: int | None = None) -> None:
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {message}")
        self.path = Path(path)
        self.line = line


class SiteError(FileError):
    """The site plan, or a table it names, has a mistake."""


class RuleError(FileError):
    """A rule file has a mistake."""


class PolicyError(FileError):
    """A policy file has a mistake."""


class AccessError(SentinelError):
    """A request for access, or a change to policies, is not of its form."""


class AnalysisError(SentinelError):
    """An analysis did not hold when it was tried."""


class EnforcementError(SentinelError):
    """An enforcement point cannot be used, or did not take what it was told."""
