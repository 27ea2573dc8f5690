"""Braid: one readable workflow file, run to the end."""
