"""The worker: what collectors bring becomes events, state, alerts, and rows that last."""
