"""The policy administration point: policies written, checked, tried on stored traffic, approved, published."""
