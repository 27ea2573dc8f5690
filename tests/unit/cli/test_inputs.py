"""Inputs as a person gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from braid.cli.inputs import InputTextsError, read_inputs


def read(*given: str, file: str | None = None, **definitions: dict[str, Any]) -> dict[str, Any]:
    return read_inputs(given, file, definitions)


def problems(*given: str, file: str | None = None) -> tuple[str, ...]:
    with pytest.raises(InputTextsError) as caught:
        read_inputs(given, file, {})
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1.5e2", -150.0),
        ("true", True),
        ("null", None),
        ('["a", 1]', ["a", 1]),
        ('{"a": {"b": []}}', {"a": {"b": []}}),
        ('"3"', "3"),
        ("Berlin", "Berlin"),
        ("a=b=c", "a=b=c"),
        ("", ""),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("1e400", "1e400"),
        ("[1,", "[1,"),
        ("yes", "yes"),
        ("007", "007"),
        ("@@home", "@home"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_value_is_json_if_it_parses_else_text(text: str, value: object) -> None:
    assert read(f"x={text}") == {"x": value}


@pytest.mark.parametrize("text", ["1.10", "01067", "true", "null", '["a"]'])
def test_an_input_that_is_declared_a_string_stays_what_was_typed(text: str) -> None:
    assert read(f"x={text}", x={"type": "string"}) == {"x": text}


def test_a_file_is_read_by_the_same_rule(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("\ufeff[1, 2]", encoding="utf-8")
    (tmp_path / "poem.txt").write_text("O for a muse\n", encoding="utf-8")

    given = read(f"x=@{tmp_path}/list.json", f"y=@{tmp_path}/poem.txt")
    assert given == {"x": [1, 2], "y": "O for a muse\n"}


def test_single_inputs_win_over_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_text('{"a": 1, "b": 2}')

    assert read("b=3", file=str(file)) == {"a": 1, "b": 3}


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "cities.json").write_text("[]")
    (tmp_path / "latin1.txt").write_bytes(b"caf\xe9")

    found = problems(
        "novalue",
        "=3",
        f"a=@{tmp_path}/citis.json",
        "b=1",
        "b=2",
        f"c=@{tmp_path}",
        f"d=@{tmp_path}/latin1.txt",
        "e=@nul\0",
        file=str(tmp_path / "missing.json"),
    )
    assert len(found) == 8
    assert found[0].startswith("--inputs")
    assert found[1] == "-i novalue: write -i name=value"
    assert f"did you mean `{tmp_path}/cities.json`?" in found[3]
    assert found[4] == "-i b: given twice"
    assert "is a directory" in found[5]
    assert "not UTF-8 text (byte 3)" in found[6]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1]", "must hold an object"),
        ("{", "not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        ('{"a": NaN}', "NaN is no JSON value"),
        ("[" * 200_000, "not JSON"),
        ("", "not JSON"),
    ],
)
def test_a_file_of_inputs_must_hold_a_json_object(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "in.json"
    file.write_text(content)

    (problem,) = problems(file=str(file))
    assert said in problem


def test_brackets_that_are_no_json_are_refused_where_only_json_can_be_meant() -> None:
    with pytest.raises(InputTextsError, match="-i x: not JSON: "):
        read("x=[1, 2", x={"type": "array"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key `c` stands twice in one object"),
        ('{"a": 1e999}', "1e999 is too large a number"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_of_inputs_loses_nothing_in_silence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "inputs.json").write_text(text)

    assert words in problems(file=f"{tmp_path}/inputs.json")[0]
