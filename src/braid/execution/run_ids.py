"""Names of runs: short, sortable by start, unique."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

# Without l, o, 0 and 1, which people misread.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

RUN_ID_CHARS_MAX = 100

_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def new_run_id(started: float) -> str:
    """Such as `20260105-090000-x7k2m`: the UTC second, and one of 33 million names within it."""
    moment = datetime.fromtimestamp(started, UTC)
    # Not `secrets.choice`, whose module takes 2 ms to import: of 32 letters, the remainder of a byte favours none.
    return f"{moment:%Y%m%d-%H%M%S}-{''.join(_ALPHABET[byte % len(_ALPHABET)] for byte in os.urandom(5))}"


def run_id_problem(run_id: str) -> str:
    """Why a text can't name a run, or nothing."""
    if len(run_id) > RUN_ID_CHARS_MAX:
        return f"a run id has at most {RUN_ID_CHARS_MAX} characters"
    if not _PATTERN.fullmatch(run_id):
        return f"`{run_id}` can't be a run id: use letters, digits, `.`, `_` and `-`, a letter or digit first"
    return ""
