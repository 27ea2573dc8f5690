"""Large values in files: whole or not there, once, and gone when nobody names them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from braid.journal import blobs as blobs_module
from braid.journal.blobs import BlobError, BlobStore


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "blobs")
    digest = store.put(b"content")

    assert BlobStore(tmp_path / "blobs").get(digest) == b"content"
    assert store.put(b"content") == digest
    assert len(files(tmp_path)) == 1


def test_a_half_written_blob_is_replaced(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    digest = store.put(b"content")
    (file,) = files(tmp_path)
    file.write_bytes(b"con")

    with pytest.raises(BlobError, match="damaged"):
        store.get(digest)
    store.put(b"content")
    assert store.get(digest) == b"content"


def test_a_full_disk_leaves_no_half_blob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = BlobStore(tmp_path)
    (tmp_path / "ed").mkdir()
    monkeypatch.setattr(blobs_module.os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        store.put(b"content")
    assert files(tmp_path) == []


def test_sweeping_keeps_what_is_used_and_what_is_being_written(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    used, unused = store.put(b"used"), store.put(b"unused")
    folder = tmp_path / used.hex()[:2]
    fresh, abandoned = folder / "0.1.0.unfinished", folder / "0.1.1.unfinished"
    for path in (fresh, abandoned):
        path.write_bytes(b"part")
    os.utime(abandoned, (0, 0))

    store.sweep(lambda digest: digest == used)

    assert store.get(used) == b"used"
    with pytest.raises(BlobError, match="missing"):
        store.get(unused)
    assert fresh.exists()
    assert not abandoned.exists()
