"""Elasticsearch: events and alerts at scale, beside a small embedded store for what belongs to one installation."""
