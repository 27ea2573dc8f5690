"""Modules beside the workflow: one that isn't there is told, one that may be installed elsewhere isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.language.load import check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "shop/__init__.py": "",
        "shop/orders.py": "def latest() -> int:\n    return 3\n",
        "shop/stock/__init__.py": "def count() -> int:\n    return 4\n",
        "loose/orders.py": "def latest() -> int:\n    return 3\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def told(folder: Path, call: str) -> list[tuple[str, str, str]]:
    (folder / "x.braid.yaml").write_text(f"name: x\nsteps:\n  - python: {call}\n")
    return [(each.code, each.message, each.help) for each in check(folder / "x.braid.yaml")]


@pytest.mark.parametrize("call", ["shop.orders:latest", "shop.stock:count", "loose.orders:latest"])
def test_a_module_that_is_there_is_found(folder: Path, call: str) -> None:
    assert told(folder, call) == []


def test_a_misspelt_module_of_a_package_is_told(folder: Path) -> None:
    assert told(folder, "shop.oders:latest") == [
        ("unknown-function", "`shop` has no module `oders`", "did you mean `shop.orders:latest`?")
    ]
    assert told(folder, "shop.stok:count")[0][2] == "did you mean `shop.stock:count`?"
    assert told(folder, "shop.stock.shelf:count")[0][1] == "`shop.stock` has no module `shelf`"


@pytest.mark.parametrize("call", ["elsewhere:run", "elsewhere.inner:run", "loose.oders:latest", "json.decoder:x"])
def test_what_may_lie_elsewhere_is_left_alone(folder: Path, call: str) -> None:
    """Not the top module, nor one of a namespace package, which several folders may share."""
    assert told(folder, call) == []
