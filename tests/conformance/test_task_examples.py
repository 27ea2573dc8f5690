"""The example of every task kind runs, from an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import braid
from braid.language.task_kind import registry

OUTPUTS: dict[str, Any] = {
    "assert": None,
    "call": [3, 2, 1, 0],
    "delay": None,
    "fail": "refused: the total is -5",
    "filter": [{"name": "Ada", "age": 36}],
    "http": "Lima",
    "log": None,
    "map": [{"number": 1, "text": "Ada, born 1815"}, {"number": 2, "text": "Grace, born 1906"}],
    "python": {"words": ["cat", "hat", "the"], "root": 3**0.5},
    "read_file": "Ada",
    "reduce": 22,
    "set": {"subject": "Hello, world", "copies": 2},
    "shell": {"characters": 20, "lines": ["b", "a"]},
    "template": "2 cities\n- Berlin\n- Lima\n",
    "write_file": {"path": "out/log.txt", "bytes": 5},
}


@pytest.mark.parametrize("name", registry.names())
def test_example_of_the_kind_runs(name: str, tmp_path: Path) -> None:
    file = tmp_path / "example.braid.yaml"
    file.write_text(registry.get(name).example, encoding="utf-8")

    assert braid.check(file) == []
    result = braid.run(file)

    assert result.error is None
    assert result.output == OUTPUTS[name]
