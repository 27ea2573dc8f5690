"""Names by which a class or function is found again in another process."""

from __future__ import annotations

import importlib
from typing import Any

from braid.language.task_kind import TaskError


def import_name(thing: Any) -> str:  # Any: a class or a function
    """`module:qualified.name`, under which `imported` finds it.

    Raises:
        TaskError: A worker process couldn't find it: it is defined inside a function or in the main script.
    """
    module, name = thing.__module__, thing.__qualname__
    if module == "__main__" or "<" in name:
        raise TaskError(
            f"`{name}` can't run in a process of its own: define it at the top level of a module that can be imported",
            type="isolation",
            retryable=False,
        )
    return f"{module}:{name}"


def imported(name: str) -> Any:  # Any: as above
    """The class or function of this name."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)  # Any: whatever the module has
    for part in path.split("."):
        found = getattr(found, part)
    return found
