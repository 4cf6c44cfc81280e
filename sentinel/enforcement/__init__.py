"""Enforcement points: RADIUS, nftables, HTTP, webhooks; each carries out commands, and none decides."""
