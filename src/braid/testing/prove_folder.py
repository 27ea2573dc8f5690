"""Copies of a workflow's folder, one for each life, and what became of the files in them."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES_MAX: Final = 5_000
"""Files that are copied for each life."""
BYTES_MAX: Final = 256 * 1024 * 1024
"""Of all files that are copied for each life."""
LEFT_OUT: Final = (".braid", ".git", ".venv", "__pycache__", "node_modules")
"""Names of files and folders that are never copied."""

_CHUNK_BYTES: Final = 1024 * 1024
_NORMALIZED_BYTES_MAX: Final = 4 * 1024 * 1024
_FOLDER: Final = b"{folder}"


class FolderError(Exception):
    """The folder can't be copied; says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file is. `told` is for people: `3 bytes`, `gone`."""

    told: str
    digest: str = ""


GONE: Final = FileState("gone")
UNREADABLE: Final = FileState("unreadable")


@dataclass(frozen=True, slots=True)
class _Known:
    bytes: int
    modified: int
    """In nanoseconds."""


class Template:
    """The folder as it is before any run.

    Args:
        left_out: Names, or patterns of names, that are not copied, besides `LEFT_OUT`.

    Raises:
        FolderError: It is too large, or can't be read.
    """

    def __init__(self, folder: Path, left_out: Sequence[str] = ()) -> None:
        self.folder = Path(os.path.realpath(folder))
        self._left_out = (*LEFT_OUT, *left_out)
        self._files: dict[str, _Known] = {}
        self._folders: list[str] = []
        self._before: dict[str, FileState] = {}
        try:
            self._measure()
        except OSError as error:
            raise FolderError(f"can't read the folder {self.folder}: {error.strerror or error}") from error

    def _measure(self) -> None:
        total = 0
        for name, path in self._walked(self.folder):
            status = path.lstat()
            self._files[name] = _Known(status.st_size, status.st_mtime_ns)
            total += status.st_size
            if len(self._files) > FILES_MAX or total > BYTES_MAX:
                raise FolderError(
                    f"the folder {self.folder} has more than {FILES_MAX:,} files or {BYTES_MAX // 1024**2} MiB, "
                    "and each life gets a copy of its own; put the workflow into a folder with no more than it needs, "
                    "or leave files out with `--leave-out PATTERN`"
                )

    def copy(self, target: Path) -> None:
        """Make a copy in a folder that isn't there yet; links stay links.

        Raises:
            FolderError: It can't be copied.
        """
        try:
            # What was there at first, and no more: the copies themselves may lie in this folder.
            target.mkdir()
            for folder in self._folders:
                (target / folder).mkdir(parents=True, exist_ok=True)
            for name in self._files:
                shutil.copy2(self.folder / name, target / name, follow_symlinks=False)
        except OSError as error:
            raise FolderError(f"can't copy the folder {self.folder}: {error}") from error

    def changes(self, copy: Path) -> dict[str, FileState]:
        """What a run changed in a copy: a file's relative path → what it is now.

        The path of the copy counts as the same text in every copy.
        """
        found = dict(self._walked(copy))
        changed = {name: GONE for name in self._files if name not in found}
        for name, path in found.items():
            try:
                status = path.lstat()
                if self._files.get(name) == _Known(status.st_size, status.st_mtime_ns):
                    continue
                now = _state(path, copy)
            except OSError:
                # Something that the run left behind is still at work, or a step took the permission away.
                now = UNREADABLE
            if now != self._state_before(name):
                changed[name] = now
        return changed

    def _state_before(self, name: str) -> FileState | None:
        if name in self._files and name not in self._before:
            self._before[name] = _state(self.folder / name, self.folder)
        return self._before.get(name)

    def _walked(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """Files and links; sockets and pipes aren't copied, a run makes its own."""
        for parent, folders, files in os.walk(folder):
            links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
            folders[:] = sorted(name for name in folders if name not in links and not self._is_left_out(name))
            if folder is self.folder:
                self._folders += [Path(parent, name).relative_to(folder).as_posix() for name in folders]
            for name in sorted([*files, *links]):
                path = Path(parent, name)
                if not self._is_left_out(name) and (path.is_file() or path.is_symlink()):
                    yield path.relative_to(folder).as_posix(), path

    def _is_left_out(self, name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self._left_out)


def _state(path: Path, copy: Path) -> FileState:
    own = str(copy).encode()
    if path.is_symlink():
        target = os.readlink(path).encode("utf-8", "surrogateescape").replace(own, _FOLDER)
        return FileState("a link", hashlib.sha256(target).hexdigest())
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        chunk = file.read(_NORMALIZED_BYTES_MAX).replace(own, _FOLDER)
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            chunk = file.read(_CHUNK_BYTES)
    return FileState(f"{size:,} byte{'' if size == 1 else 's'}", digest.hexdigest())


def without_folder(text: str, folder: Path) -> str:
    """A text in which the copy's own path is the same in every copy."""
    return text.replace(str(folder), _FOLDER.decode())
