"""Access: which terminal may reach what, decided, explained, administered and analysed (NIST SP 800-207)."""
