"""Keys at rest: what they are for, who owns them, how they live and end; and what is sealed with them."""
