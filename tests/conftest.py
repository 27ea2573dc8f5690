"""For all tests."""

from __future__ import annotations

import signal

# A shell in which `make test &` was typed has Ctrl-C ignored in all that it starts, and in all that these start: the
# commands that tests interrupt would never end.
signal.signal(signal.SIGINT, signal.default_int_handler)
