"""Accounts: people and programs, how they prove who they are, and what each may do."""
