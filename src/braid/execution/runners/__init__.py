"""Where tasks that block run: threads and worker processes."""
