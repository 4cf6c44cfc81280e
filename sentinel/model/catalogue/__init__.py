"""Fields of the application protocols, a file each: `FIELDS` are rows of name, type, English and Chinese meaning."""
