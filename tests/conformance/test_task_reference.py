"""The page about task kinds says what the code does."""

from __future__ import annotations

from pathlib import Path

from braid.language.reference import task_reference
from braid.language.task_kind import registry

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "tasks.md"


def test_page_about_task_kinds_is_the_one_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == task_reference(), "write task_reference() to docs/reference/tasks.md"


def test_page_has_every_installed_kind() -> None:
    page = task_reference()

    assert [name for name in registry.names() if f"\n## {name}\n" not in page] == []
