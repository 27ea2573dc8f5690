"""What the steps of `stdlib_census.braid.yaml` call: one file a question."""
