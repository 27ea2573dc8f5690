"""What the process ends with. `docs/reference/command-line.md` tells users of these."""

SUCCESS = 0
FAILED = 1
"""The workflow failed; for `check`: a file has errors."""
USAGE = 2
"""Wrong usage or a file with errors; nothing ran."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM: running steps were cancelled."""
