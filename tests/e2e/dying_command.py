"""The real command, in a process that dies by SIGKILL at a chosen call of the journal.

python dying_command.py METHOD WHEN NUMBER ARGUMENT…

METHOD of the journal (`begin`, `append`, `claim`, `release`), at its call NUMBER, counted from 1; appends of nothing
don't count. WHEN is `before`: nothing of that call is written; or `after`: all of it is, and nobody has heard of it.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import Any, NoReturn

from braid.cli.main import main
from braid.journal.sqlite import SqliteJournal


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL can't be survived")


def patch(method: str, when: str, number: int) -> None:
    whole = getattr(SqliteJournal, method)
    calls = itertools.count(1)

    async def mortal(*arguments: Any, **named: Any) -> Any:  # Any: whatever the method takes
        if method == "append" and not arguments[-1]:
            return await whole(*arguments, **named)
        is_last = next(calls) == number
        if is_last and when == "before":
            die()
        answer = await whole(*arguments, **named)
        if is_last:
            die()
        return answer

    setattr(SqliteJournal, method, mortal)


if __name__ == "__main__":
    patch(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    main(sys.argv[4:])
