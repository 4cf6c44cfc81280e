"""Cryptography: passwords, tokens, keys, certificates; the only importer of cryptographic packages."""
