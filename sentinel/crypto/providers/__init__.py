"""Providers of commercial cryptography, equals under one contract."""
