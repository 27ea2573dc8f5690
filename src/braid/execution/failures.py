"""What became of a task that raised, as the parts of a TaskFailed."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from braid.language.shape import FieldsError
from braid.language.stored import StorageError, stored
from braid.language.task_kind import TaskError

FRAMES_MAX = 20
"""Frames of a traceback that are kept, the innermost."""

MESSAGE_CHARS_MAX = 10_000

_OURS = str(Path(__file__).resolve().parent.parent)

Parts = dict[str, Any]  # Any: fields of TaskFailed: type, message, details, retryable, retry_after


def failure_parts(error: BaseException) -> Parts:
    """Type, message, details, retryable and retry_after of what a task raised. Never raises itself."""
    match error:
        case TaskError():
            return _parts(error.type, error.message, error.details, error.retryable, error.retry_after)
        case FieldsError():
            return _parts("arguments", _text(error), retryable=False)
        case StorageError():
            return _parts("result", _text(error), retryable=False)
        case _:
            frames = user_frames(error.__traceback__)
            return _parts(type(error).__name__, _text(error), {"traceback": frames} if frames else {})


def user_frames(tb: TracebackType | None) -> list[str]:
    """`file:line in function: source` of the frames outside Braid, outermost first."""
    frames = [frame for frame in traceback.extract_tb(tb) if not frame.filename.startswith(_OURS)]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}" for frame in frames[-FRAMES_MAX:]]


def _parts(
    kind: str,
    message: str,
    details: dict[str, Any] | None = None,  # Any: values of a workflow
    retryable: bool = True,
    retry_after: float | None = None,
) -> Parts:
    try:
        kept = stored(details or {})
    except StorageError as error:
        kept = {"details": f"could not be kept: {error}"}
    return {
        "type": str(kind),
        "message": str(message)[:MESSAGE_CHARS_MAX],
        "details": kept,
        "retryable": bool(retryable),
        "retry_after": retry_after,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:
        return f"{type(error).__name__} (its text can't be made)"
