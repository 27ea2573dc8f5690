"""`write_file`: data into a file, which is replaced in one move."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from braid.language.task_kind import (
    ActiveTask,
    Effect,
    FieldProblem,
    FieldRule,
    Placement,
    TaskContext,
    TaskError,
    TaskFields,
    Value,
    described,
)
from braid.tasks.file_formats import Format, FormatError, format_of, refuse_parquet, written_data

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

_CHUNK_BYTES: Final = 4 * 1024 * 1024
_WHOLE: Final = ("json", "yaml")
"""Formats of which a file is one value, so that nothing can be added at its end."""


class WriteFileFields(TaskFields, frozen=True, kw_only=True):
    path: Annotated[
        str,
        described(
            "The file, relative to the workflow's folder; folders on the way are made.", FieldRule(format="path")
        ),
    ]
    content: Annotated[
        Value,
        described(
            "What it shall hold. Text is written as it is, unless `format` says json or yaml. For csv: a list of "
            "objects, whose cells are written as they are, so that a spreadsheet may take `=…` for a formula."
        ),
    ]
    format: Annotated[
        Format | None,
        described("How to write it; by the file's extension when absent, as text when that says nothing."),
    ] = None
    append: Annotated[bool, described("Add to the end of the file instead of replacing it.")] = False


class WriteFile(ActiveTask):
    name = "write_file"
    fields = WriteFileFields
    summary = "Writes data into a file; it is replaced in one move, so that nobody reads half of it."
    result = "`{path, bytes}`: the file, and how many bytes were written."
    effect = Effect.WRITES
    example: ClassVar[str] = """\
name: write-file-example
steps:
  - write_file: {path: out/report.json, content: {cities: [Berlin, Lima]}}
  - write_file: {path: out/rows.csv, content: [{name: Ada, year: 1815}, {name: Grace}]}
  - write_file: {path: out/log.txt, content: "done\\n", append: true}
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        format, path = constants.get("format"), constants.get("path")
        if format is None and isinstance(path, str):
            format = format_of(path)
        if format == "parquet":
            yield FieldProblem(("path",), "parquet files need the extra `data`, which isn't installed")
        if constants.get("append") is True and format in _WHOLE:
            yield FieldProblem(("append",), f"a {format} file is one value; nothing can be added", help="use jsonl")

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import INT, TEXT, ObjectOf

        return ObjectOf({"path": TEXT, "bytes": INT})

    def repeatable(self, fields: WriteFileFields) -> bool:
        return not fields.append

    def placement(self, fields: WriteFileFields, context: TaskContext) -> Placement:
        return Placement.THREAD

    def run_blocking(self, fields: WriteFileFields, context: TaskContext) -> Value:
        refuse_parquet(fields.format or format_of(fields.path))
        path = context.path(fields.path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise TaskError(f"`{fields.path}` is a folder, not a file", type="file", retryable=False)
            written = _append(path, fields) if fields.append else _replace(path, _data(fields), context)
        except FormatError as error:
            raise TaskError(f"`{fields.path}`: {error}", type="format", retryable=False) from None
        except OSError as error:
            raise TaskError(f"`{fields.path}` can't be written: {error.strerror or error}", type="file") from None
        return {"path": fields.path, "bytes": written}


def _data(fields: WriteFileFields, columns: list[str] | None = None) -> bytes:
    format = fields.format or format_of(fields.path)
    ready = isinstance(fields.content, bytes) or (isinstance(fields.content, str) and fields.format is None)
    # Text in a `.json` file is JSON that the workflow made itself; with `format: json` it is a value.
    return written_data(fields.content, "bytes" if ready else format, columns=columns)


def _replace(path: Path, data: bytes, context: TaskContext) -> int:
    if path.exists() and not path.is_file():
        # A device or pipe (with --allow-path) is written to; replacing it would destroy it.
        with path.open("wb", buffering=0) as file:
            _write(file.fileno(), data)
        return len(data)
    temporary = path.with_name(f".{path.name[:100]}.{_own_word(context)}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        # Not tempfile: its files can be read by their owner only, and asking for the umask would change it for others.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            if path.exists():
                os.fchmod(descriptor, path.stat().st_mode & 0o7777)
            _write(descriptor, data)
            # Before the move: after a power cut there shall be the old file or the new one, not an empty one.
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if context.cancelled:
            raise TaskError("cancelled", type="cancelled")
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    return len(data)


def _own_word(context: TaskContext) -> str:
    """The same when a crash made the attempt run again: what the process that is gone left is replaced then."""
    return hashlib.sha256(f"{context.idempotency_key} {context.attempt}".encode()).hexdigest()[:8]


def _append(path: Path, fields: WriteFileFields) -> int:
    format = fields.format or format_of(fields.path)
    if format in _WHOLE:
        raise FormatError(f"a {format} file is one value; nothing can be added; use jsonl")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        # Several branches may add to one file: each adds all of its part, and a CSV file gets one header.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        data = _data(fields, _columns(path) if format == "csv" and size else None)
        try:
            _write(descriptor, data)
            os.fsync(descriptor)
        except BaseException:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    return len(data)


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest[:_CHUNK_BYTES]) :]
