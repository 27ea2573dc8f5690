"""Which files there are to count."""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path
from typing import Any

# The tests of the library are as large as the library; what people installed beside it is none of it.
SKIPPED = {"test", "tests", "idle_test", "site-packages", "dist-packages", "node_modules", "__pycache__"}


def find(source: str) -> dict[str, Any]:
    """All Python files of a folder, in order of their paths, with the names that `import` knows them by.

    Args:
        source: The folder; empty for the standard library of the Python that runs this.
    """
    root = Path(source or sysconfig.get_path("stdlib")).resolve()
    paths = sorted(path for path in root.rglob("*.py") if _counts(path.relative_to(root).parts))
    if not paths:
        raise FileNotFoundError(f"no Python files in {root}")
    return {
        "name": root.name if source else f"the standard library of Python {platform.python_version()}",
        "files": [_file(path, root) for path in paths],
    }


def _counts(parts: tuple[str, ...]) -> bool:
    return not SKIPPED.intersection(parts) and not any(part.startswith(".") for part in parts)


def _file(path: Path, root: Path) -> dict[str, str]:
    names = path.relative_to(root).with_suffix("").parts
    # A package goes by the name of its folder.
    module = ".".join(names[:-1] if names[-1] == "__init__" and len(names) > 1 else names)
    return {"path": str(path), "module": module, "package": names[0]}
