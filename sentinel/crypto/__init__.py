"""Cryptography: passwords, tokens, and what is to come; the only importer of cryptographic packages."""
