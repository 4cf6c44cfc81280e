"""The policy administrator: what was allowed is decided again, and enforcement points are told."""
