"""Large values as files of their own, named by what is in them.

`blobs/ab/cdef…`: the SHA-256 of the content, in hexadecimal, parted after two digits. Equal values take room once. A
file gets its name only when all of it is on the disk, and the event that names it is written after that.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

DIGEST_BYTES = 32
ABANDONED_SECONDS = 3600.0
"""An unfinished file is a dead writer's when it is older than this."""

_UNFINISHED = ".unfinished"


class BlobError(Exception):
    """A blob is missing, or isn't what was written."""


class BlobStore:
    """Blobs in a folder, which is made when the first one is written. For any thread and process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def put(self, content: bytes) -> bytes:
        """Keep the content; on return it is on the disk.

        Returns:
            Its digest.

        Raises:
            OSError: There is no room, or no permission.
        """
        digest = hashlib.sha256(content).digest()
        if not self.has(digest, len(content)):
            self._write(self._path(digest), content)
        return digest

    def has(self, digest: bytes, size: int) -> bool:
        """Whether it is there, with this size. A damaged one of the same size is found only when it is read."""
        try:
            return self._path(digest).stat().st_size == size
        except OSError:
            return False

    def get(self, digest: bytes) -> bytes:
        """The content.

        Raises:
            BlobError: It is missing, can't be read, or was changed.
        """
        path = self._path(digest)
        name = f"{path.parent.name}/{path.name}"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise BlobError(f"the file blobs/{name} is missing") from None
        except OSError as error:
            raise BlobError(f"the file blobs/{name} can't be read: {error.strerror}") from None
        if hashlib.sha256(content).digest() != digest:
            raise BlobError(f"the file blobs/{name} is damaged")
        return content

    def sweep(self, is_used: Callable[[bytes], bool]) -> None:
        """Delete what isn't used, and what dead writers left unfinished.

        Called while no event can be written, so that nobody begins to use what is being deleted.
        """
        for path in list(self._files()):
            digest = _digest(path)
            if not _abandoned(path) if digest is None else is_used(digest):
                continue
            path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/*") if path.is_file())

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._folder / name[:2] / name[2:]

    def _write(self, path: Path, content: bytes) -> None:
        _make_folder(path.parent)
        unfinished = path.with_name(f"{path.name[:8]}.{os.getpid()}.{next(self._numbers)}{_UNFINISHED}")
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        folder.parent.mkdir(exist_ok=True)
        sync_folder(folder.parent.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk: a new name survives a power cut only then, see fsync(2)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> bytes | None:
    name = path.parent.name + path.name
    try:
        digest = bytes.fromhex(name)
    except ValueError:
        return None
    return digest if len(digest) == DIGEST_BYTES else None


def _abandoned(path: Path) -> bool:
    try:
        return path.name.endswith(_UNFINISHED) and time.time() - path.stat().st_mtime > ABANDONED_SECONDS
    except OSError:
        return False
