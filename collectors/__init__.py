"""Collectors: the data plane, bytes in and Events out."""
