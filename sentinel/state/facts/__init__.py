"""Facts, one a file, found by discovery."""
