"""The kinds of signed bundles; each has a key of its own."""

KINDS = ("rules", "policies", "site", "playbooks", "release", "retention")
