"""The vocabulary: frozen dataclasses, no I/O, no third-party import."""
