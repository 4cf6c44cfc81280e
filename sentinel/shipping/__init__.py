"""Shipping: batches of events on their way from a collector to a service, kept on disk at both ends."""
