"""What Braid costs, beside what the same work costs without it."""
