"""`read_file`: what a file holds."""

from __future__ import annotations

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
from braid.tasks.file_formats import Format, FormatError, format_of, read_data, refuse_parquet

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""The largest file that is read into a value."""
_CHUNK_BYTES: Final = 4 * 1024 * 1024


class ReadFileFields(TaskFields, frozen=True, kw_only=True):
    path: Annotated[str, described("The file, relative to the workflow's folder.", FieldRule(format="path"))]
    format: Annotated[
        Format | None,
        described("How to read it; by the file's extension when absent, as text when that says nothing."),
    ] = None


class ReadFile(ActiveTask):
    name = "read_file"
    fields = ReadFileFields
    summary = "Reads data from a file."
    result = (
        "The data. `csv`: a list of objects of text; `jsonl`: a list; `text`: text, which must be UTF-8. "
        f"At most {FILE_BYTES_MAX // 1024**2} MiB."
    )
    shorthand = "path"
    effect = Effect.READS
    example: ClassVar[str] = """\
name: read-file-example
steps:
  - write_file: {path: people.csv, content: "name,year\\nAda,1815\\n"}
  - id: people
    read_file: people.csv
output: "{{ people[0].name }}"
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        if constants.get("format") == "parquet":
            yield FieldProblem(("format",), "parquet files need the extra `data`, which isn't installed")

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import BYTES, TEXT, UNKNOWN, ListOf, ObjectOf, literal

        path, format = literal(fields.get("path")), literal(fields.get("format"))
        if format is None and (path is None or "format" in fields):
            return UNKNOWN
        match format or format_of(path or ""):
            case "text":
                return TEXT
            case "bytes":
                return BYTES
            case "csv":
                return ListOf(ObjectOf({}, rest=UNKNOWN))
            case "jsonl":
                return ListOf(UNKNOWN)
        return UNKNOWN

    def placement(self, fields: ReadFileFields, context: TaskContext) -> Placement:
        return Placement.THREAD

    def run_blocking(self, fields: ReadFileFields, context: TaskContext) -> Value:
        format = fields.format or format_of(fields.path)
        refuse_parquet(format)
        data = _content(context.path(fields.path), fields.path, context)
        try:
            return read_data(data, format, fields.path)
        except FormatError as error:
            raise TaskError(f"`{fields.path}` as {format}: {error}", type="format", retryable=False) from None


def _content(path: Path, shown: str, context: TaskContext) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > FILE_BYTES_MAX:
                    raise TaskError(
                        f"`{shown}` has more than {FILE_BYTES_MAX // 1024**2} MiB; read it in a `python` step",
                        type="limit",
                        retryable=False,
                    )
                if context.cancelled:
                    raise TaskError("cancelled", type="cancelled")
                chunks.append(chunk)
    except FileNotFoundError:
        raise TaskError(f"there is no file `{shown}`", type="file") from None
    except IsADirectoryError:
        raise TaskError(f"`{shown}` is a folder, not a file", type="file", retryable=False) from None
    except OSError as error:
        raise TaskError(f"`{shown}` can't be read: {error.strerror or error}", type="file") from None
    return b"".join(chunks)
