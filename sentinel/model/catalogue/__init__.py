"""Fields of a protocol, a file each: `FIELDS` are rows of name, type, English and Chinese meaning."""
