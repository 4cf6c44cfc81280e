"""Sentinel: the control plane that watches a private 5G standalone network."""
