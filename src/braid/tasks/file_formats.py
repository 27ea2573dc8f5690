"""The formats of files: data to bytes and back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final, Literal

from braid.expressions.errors import EvaluationError
from braid.expressions.values import kind_of, to_text
from braid.language.task_kind import TaskError, Value

Format = Literal["json", "jsonl", "csv", "yaml", "text", "bytes", "parquet"]

_BY_EXTENSION: Final[Mapping[str, Format]] = {
    ".json": "json",
    ".geojson": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".parquet": "parquet",
}
_BINARY: Final = frozenset(
    {".7z", ".bin", ".bmp", ".bz2", ".db", ".docx", ".gif", ".gz", ".ico", ".jpeg", ".jpg", ".pdf", ".png"}
    | {".sqlite", ".tar", ".tgz", ".webp", ".xlsx", ".xz", ".zip", ".zst"}
)


class FormatError(Exception):
    """Data and format don't fit. The message says what is wrong and where."""


def format_of(path: str) -> Format:
    """The format that a file's name asks for; text where it says nothing."""
    extension = PurePath(path).suffix.lower()
    return _BY_EXTENSION.get(extension, "bytes" if extension in _BINARY else "text")


def refuse_parquet(format: Format | None) -> None:
    """Parquet is no part of the core.

    Raises:
        TaskError: Always, for parquet.
    """
    if format == "parquet":
        raise TaskError("parquet files need the extra `data`, which isn't installed", type="format", retryable=False)


def read_data(data: bytes, format: Format, name: str) -> Value:
    """What a file of this format holds.

    Raises:
        FormatError: It holds something else.
    """
    return data if format == "bytes" else _READERS[format](_decoded(data), name)


def _decoded(data: bytes) -> str:
    try:
        # Many programs of Windows put a mark at the start, which is no part of the text.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"it isn't UTF-8: byte 0x{data[error.start]:02x} in line {line} (offset {error.start}); "
            "read it with `format: bytes` and decode it in a `python` step"
        ) from None


def json_value(text: str) -> Value:
    """The value of a JSON text (RFC 8259): NaN and infinities, which Python would take, are refused.

    Raises:
        FormatError: With line and column.
    """
    try:
        if text.startswith("\ufeff"):
            raise json.JSONDecodeError("unexpected byte order mark", text, 0)
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise FormatError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise FormatError("it is nested too deep") from None
    except ValueError as error:
        # Python refuses to read numbers of more than 4,300 digits.
        raise FormatError(str(error)) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"`{name}` is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
"""`json.loads` makes one for each text, which takes as long as reading a small one."""


def _read_text(text: str, name: str) -> Value:
    return text


def _read_json(text: str, name: str) -> Value:
    return json_value(text)


def _read_jsonl(text: str, name: str) -> Value:
    values = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                values.append(json_value(line))
            except FormatError as error:
                place = str(error).removeprefix("line 1, ")
                raise FormatError(f"line {number}: {place}") from None
    return values


def _read_csv(text: str, name: str) -> Value:
    """Rows as objects of text, by the names in the first row (RFC 4180)."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise FormatError(f"the column `{twice[0]}` is there twice")
        rows = []
        for row in reader:
            if len(row) > len(header):
                raise FormatError(f"line {reader.line_num}: {len(row)} cells under {len(header)} columns")
            if row:
                # A short row lacks its last cells, which is something else than empty ones.
                rows.append(dict(zip(header, [*row, *[None] * (len(header) - len(row))], strict=True)))
    except csv.Error as error:
        raise FormatError(f"line {reader.line_num}: {error}") from None
    return rows


def _read_yaml(text: str, name: str) -> Value:
    from braid.diagnostics import DiagnosticsError
    from braid.language.document import read_document

    try:
        # The reader of workflow files: the 1.2 core schema, and no bombs of aliases.
        return read_document(text, name).root.to_value()
    except DiagnosticsError as error:
        first = error.diagnostics[0]
        place = f"line {first.span.line}, column {first.span.column}: " if first.span else ""
        raise FormatError(f"{place}{first.message}") from None


_READERS: Final[Mapping[str, Callable[[str, str], Value]]] = {
    "text": _read_text,
    "json": _read_json,
    "jsonl": _read_jsonl,
    "csv": _read_csv,
    "yaml": _read_yaml,
}


def written_data(content: Value, format: Format, *, columns: list[str] | None = None) -> bytes:
    """The bytes of a file of this format.

    Args:
        content: What it shall hold.
        format: Any but parquet.
        columns: Of a CSV file that is there already, to which rows are added.

    Raises:
        FormatError: The format can't hold the content.
    """
    if format == "csv":
        return _written_csv(content, columns).encode()
    return _WRITERS[format](content)


def _plain_json(value: Value) -> Any:  # Any: what json.dumps calls for values that it doesn't know
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise FormatError(f"{kind_of(value)} can't stand in JSON; use `| b64encode`")


def json_text(value: Value, indent: int | None = None) -> str:
    """A value as JSON: dates as ISO text, decimals as numbers.

    Raises:
        FormatError: Bytes are inside, or a number that JSON can't hold.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, default=_plain_json)
    except (ValueError, TypeError) as error:
        raise FormatError(str(error)) from None


def _write_text(content: Value) -> bytes:
    if isinstance(content, (Mapping, list)):
        raise FormatError(f"{kind_of(content)} isn't text; give a `format`, such as json")
    try:
        return to_text(content).encode()
    except EvaluationError as error:
        raise FormatError(error.message) from None


def _write_bytes(content: Value) -> bytes:
    return content if isinstance(content, bytes) else _write_text(content)


def _write_json(content: Value) -> bytes:
    return json_text(content, indent=2).encode() + b"\n"


def _write_jsonl(content: Value) -> bytes:
    if not isinstance(content, list):
        raise FormatError(f"a jsonl file holds a list, one item a line, not {kind_of(content)}")
    return "".join(f"{json_text(item)}\n" for item in content).encode()


def _write_yaml(content: Value) -> bytes:
    import yaml

    from braid.tasks.yaml_writing import YamlDumper

    try:
        text: str = yaml.dump(content, Dumper=YamlDumper, sort_keys=False, allow_unicode=True, width=120)
    except yaml.representer.RepresenterError as error:
        raise FormatError(f"{kind_of(error.args[-1])} can't stand in YAML") from None
    return text.encode()


_WRITERS: Final[Mapping[str, Callable[[Value], bytes]]] = {
    "text": _write_text,
    "bytes": _write_bytes,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "yaml": _write_yaml,
}


def _written_csv(content: Value, columns: list[str] | None) -> str:
    """Rows with a header of all their keys, in the order in which they first occur; lists are written as rows.

    Cells are written as they are. A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula:
    data from strangers that is meant for one should be given a `'` in front by the workflow.
    """
    if not isinstance(content, list) or not all(isinstance(row, (dict, list)) for row in content):
        raise FormatError("a csv file holds a list of objects, or of lists")
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    objects = [row for row in content if isinstance(row, dict)]
    if objects and len(objects) < len(content):
        raise FormatError("the rows are objects and lists mixed; a csv file takes one kind")
    if not objects:
        writer.writerows([_cell(value) for value in row] for row in content)
        return file.getvalue()
    names = list(dict.fromkeys(key for row in objects for key in row))
    if columns is None:
        writer.writerow(names)
    elif unknown := [name for name in names if name not in columns]:
        raise FormatError(f"the file has no column `{unknown[0]}`; it has {', '.join(columns)}")
    writer.writerows([_cell(row.get(name)) for name in columns or names] for row in objects)
    return file.getvalue()


def _cell(value: Value) -> str:
    if isinstance(value, (dict, list)):
        return json_text(value)
    try:
        return to_text(value)
    except EvaluationError as error:
        raise FormatError(error.message) from None
