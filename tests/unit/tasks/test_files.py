"""The kinds `read_file` and `write_file`."""

from __future__ import annotations

import asyncio
import os
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braid.language.task_kind import TaskError
from braid.tasks import read_file, write_file
from braid.tasks.file_formats import read_data, written_data
from braid.tasks.read_file import ReadFile
from braid.tasks.write_file import WriteFile
from braid.testing.fake_context import FakeContext, act

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"))
KEYS = TEXT.filter(lambda key: key != "<<")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=15,
)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


async def read(context: FakeContext, path: str, **fields: Any) -> Any:
    return await act(ReadFile(), {"path": path, **fields}, context)


async def write(context: FakeContext, path: str, content: Any, **fields: Any) -> Any:
    return await act(WriteFile(), {"path": path, "content": content, **fields}, context)


@given(PLAIN)
def test_json_reads_back_what_was_written(value: Any) -> None:
    assert read_data(written_data(value, "json"), "json", "a.json") == value


@given(st.lists(PLAIN))
def test_jsonl_reads_back_what_was_written(value: Any) -> None:
    assert read_data(written_data(value, "jsonl"), "jsonl", "a.jsonl") == value


@given(PLAIN)
def test_yaml_reads_back_what_was_written(value: Any) -> None:
    assert read_data(written_data(value, "yaml"), "yaml", "a.yaml") == value


@given(st.lists(st.fixed_dictionaries({"a": TEXT, 'b, "c': TEXT}), min_size=1))
def test_csv_reads_back_what_was_written(rows: Any) -> None:
    assert read_data(written_data(rows, "csv"), "csv", "a.csv") == rows


@pytest.mark.parametrize(
    "text", ["no", "on", "1e3", "0o7", "0x1f", "1_000", "12:30", "~", "", "null", "2026-01-05", ".5"]
)
def test_text_that_looks_like_something_else_stays_text_in_yaml(text: str) -> None:
    assert read_data(written_data({text: text}, "yaml"), "yaml", "a.yaml") == {text: text}


@pytest.mark.parametrize(
    ("path", "content", "data"),
    [
        ("a.txt", "é\r\n", "é\r\n".encode()),
        ("a.txt", 1.5, b"1.5"),
        ("a.json", {"é": Decimal("1.5"), "d": date(2026, 1, 5)}, '{\n  "é": 1.5,\n  "d": "2026-01-05"\n}\n'.encode()),
        ("a.json", '{"ready": 1}', b'{"ready": 1}'),
        ("a.jsonl", [1, {"a": None}], b'1\n{"a": null}\n'),
        ("a.csv", [{"a": 1, "b": None}, {"c": [1], "a": True}], b"a,b,c\n1,,\ntrue,,[1]\n"),
        ("a.csv", [["a", "b,"], [1, '"']], b'a,"b,"\n1,""""\n'),
        ("a.csv", [], b""),
        ("a.png", b"\x89", b"\x89"),
        ("a.txt", b"\xff", b"\xff"),
        ("deep/er/a", "x", b"x"),
    ],
)
async def test_file_holds_what_was_given(
    path: str, content: Any, data: bytes, context: FakeContext, tmp_path: Path
) -> None:
    result = await write(context, path, content)

    assert (tmp_path / path).read_bytes() == data
    assert result == {"path": path, "bytes": len(data)}
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == [Path(path).name]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"path": "a.txt", "content": {"a": 1}}, "isn't text"),
        ({"path": "a.json", "content": {"a": b"x"}}, "bytes can't stand in JSON"),
        ({"path": "a.yaml", "content": {"a": Decimal("NaN")}, "format": "jsonl"}, "holds a list"),
        ({"path": "a.csv", "content": {"a": 1}}, "list of objects"),
        ({"path": "a.csv", "content": [{"a": 1}, [1]]}, "mixed"),
        ({"path": "a.parquet", "content": [1]}, "extra `data`"),
        ({"path": "../a", "content": ""}, "folder"),
        ({"path": "sub", "content": ""}, "is a folder"),
        ({"path": "file/a", "content": ""}, "can't be written"),
        ({"path": "a.json", "content": [1], "append": True}, "use jsonl"),
    ],
)
async def test_file_that_can_not_be_written_is_explained(
    fields: Any, words: str, context: FakeContext, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(TaskError, match=words):
        await act(WriteFile(), fields, context)
    assert sorted(os.listdir(tmp_path)) == ["file", "sub"]


async def test_failed_write_leaves_the_old_file_and_nothing_else(
    context: FakeContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("old")

    def full(descriptor: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write_file.os, "write", full)
    for append in (False, True):
        with pytest.raises(TaskError, match="No space left"):
            await write(context, "a.txt", "new", append=append)
    monkeypatch.undo()

    assert contents(tmp_path) == {"a.txt": "old"}


async def test_cancelled_write_leaves_the_old_file_and_nothing_else(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    context.cancelled = True
    with pytest.raises(TaskError, match="cancelled"):
        await write(context, "a.txt", "new")

    assert contents(tmp_path) == {"a.txt": "old"}


async def test_replaced_file_keeps_its_mode(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("old")
    (tmp_path / "a.sh").chmod(0o750)
    await write(context, "a.sh", "new")
    await write(context, "b.sh", "new")

    assert stat.S_IMODE((tmp_path / "a.sh").stat().st_mode) == 0o750
    (tmp_path / "plain").touch()
    assert (tmp_path / "b.sh").stat().st_mode == (tmp_path / "plain").stat().st_mode


async def test_parts_added_at_the_same_time_are_all_there_and_whole(context: FakeContext, tmp_path: Path) -> None:
    await asyncio.gather(
        *(write(context, "all.csv", [{"n": number, "t": "x" * 5000}], append=True) for number in range(20))
    )

    rows = await read(context, "all.csv")
    assert sorted(int(row["n"]) for row in rows) == list(range(20))


async def test_rows_with_other_columns_are_not_added(context: FakeContext) -> None:
    await write(context, "a.csv", [{"a": 1, "b": 2}])
    await write(context, "a.csv", [{"b": 4}], append=True)
    with pytest.raises(TaskError, match="no column `c`; it has a, b"):
        await write(context, "a.csv", [{"c": 1}], append=True)

    assert await read(context, "a.csv") == [{"a": "1", "b": "2"}, {"a": "", "b": "4"}]


@pytest.mark.parametrize(
    ("path", "data", "value"),
    [
        ("a.txt", b"\xef\xbb\xbfa\r\n", "a\r\n"),
        ("a.json", b"[1, 1.5, 12345678901234567890123]", [1, 1.5, 12345678901234567890123]),
        ("a.jsonl", b'1\n\n"\xe2\x80\xa8"\r\n', [1, "\u2028"]),
        ("a.csv", b'a,b\r\n1,"x\ny"\r\n\r\n2\r\n', [{"a": "1", "b": "x\ny"}, {"a": "2", "b": None}]),
        ("a.csv", b"", []),
        ("a.yaml", b"country: NO\nday: 2026-01-05", {"country": "NO", "day": "2026-01-05"}),
        ("a.png", b"\x89", b"\x89"),
    ],
)
async def test_file_is_read_by_its_extension(
    path: str, data: bytes, value: Any, context: FakeContext, tmp_path: Path
) -> None:
    (tmp_path / path).write_bytes(data)

    assert await read(context, path) == value
    assert await read(context, path, format="bytes") == data


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("a.txt", b"ok\n\xff", "byte 0xff in line 2"),
        ("a.json", b'{"a": }', "line 1, column 7"),
        ("a.json", b"[NaN]", "NaN"),
        ("a.json", b"[" * 100_000, "too deep"),
        ("a.json", b"1" * 5_000, "digits"),
        ("a.jsonl", b"1\n{\n", "line 2: column 2"),
        ("a.csv", b"a,a\n1,2\n", "column `a` is there twice"),
        ("a.csv", b"a\n1,2\n", "line 2: 2 cells under 1 columns"),
        ("a.csv", b'a\n"x\n', "line"),
        ("a.yaml", b"a: [1\nb: 2", "line "),
        ("a.yaml", b"a: &a [*a, *a]", "a.yaml"),
        ("a.parquet", b"", "extra `data`"),
    ],
)
async def test_file_that_holds_something_else_is_explained(
    path: str, data: bytes, words: str, context: FakeContext, tmp_path: Path
) -> None:
    (tmp_path / path).write_bytes(data)
    with pytest.raises(TaskError, match=words) as caught:
        await read(context, path)
    assert not caught.value.retryable


async def test_file_that_can_not_be_read_is_explained(
    context: FakeContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "large").write_bytes(b"x" * 100)
    monkeypatch.setattr(read_file, "FILE_BYTES_MAX", 99)
    for path, words in [("none", "no file `none`"), ("sub", "a folder"), ("../x", "leaves"), ("large", "more than")]:
        with pytest.raises(TaskError, match=words):
            await read(context, path)
