"""A policy whole: its rules, its groups, its time zone and casbin's model; what it stands for has one digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import orjson

from sentinel.access.engine.groups import Groups
from sentinel.access.engine.index import Index
from sentinel.access.engine.rule import Rule
from sentinel.crypto.digest import digest_sm3
from sentinel.model.access import Decision, Reason
from sentinel.model.garbage import uncollected


@dataclass(frozen=True)
class Policy:
    """Rules that were read from files."""

    rules: tuple[Rule, ...]
    model: str
    groups: Groups = field(default_factory=Groups)
    zone: str = "Asia/Shanghai"

    @cached_property
    def manifest(self) -> bytes:
        """All that decides, as canonical JSON: what is hashed, signed, and distributed."""
        rules = sorted(([*rule.row, dict(rule.obligations)] for rule in self.rules), key=lambda row: str(row[0]))
        whole = {"zone": self.zone, "model": self.model, "groups": self.groups.members, "rules": rules}
        return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Its rules by their ids."""
        return {rule.id: rule for rule in self.rules}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A policy in force: immutable, taken into use by one assignment."""

    version: int
    digest: str  # SM3 of the manifest, in hex
    policy: Policy
    index: Index
    nothing: Decision  # where no rule matches and none nearly does: always the same one

    @classmethod
    def of(cls, policy: Policy, version: int = 0) -> Snapshot:
        """Compile a policy."""
        digest = digest_sm3(policy.manifest)
        lacking = Reason.NO_RULE if version or policy.rules else Reason.NO_POLICY
        with uncollected():
            return cls(version, digest, policy, Index(policy.rules), Decision(False, lacking, version, digest))
