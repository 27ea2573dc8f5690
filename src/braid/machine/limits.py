"""Bounds of the machine (law 10). Each has a clear failure of type `limit`."""

CALL_DEPTH_MAX = 16
"""Workflows inside workflows, by `call`; the run's own file counts none."""
