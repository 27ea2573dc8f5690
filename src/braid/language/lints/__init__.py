"""Warnings of what a file may say and had better not: run by `braid check` only, so that no run waits for them."""
