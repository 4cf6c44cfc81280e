"""Stores: events, alerts, and the control database."""
