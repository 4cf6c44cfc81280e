"""Sources: where packets come from."""
