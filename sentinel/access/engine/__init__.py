"""The policy engine: a request and a policy in, a verdict with its reasons out (NIST SP 800-207)."""
