"""Decisions for enforcement points: facts, verdict, what stands outside the policy, and the record of it."""
