"""A writer killed at any moment, a full disk, a folder that can't be written to: with real processes and disks."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from journal_writer import batch

from braid.journal.errors import RunOwnedError
from braid.journal.owner import Owner
from braid.journal.sqlite import SqliteJournal
from braid.machine.events import Event
from braid.testing.journals import succeeded

WRITER = [sys.executable, str(Path(__file__).with_name("journal_writer.py"))]
RUNS = 4
KILLS = 8
PROMISES_MAX = 60


def kill_after(folder: Path, promises: int, durability: str = "full") -> list[str]:
    """Let a writer give so many promises, kill it, and return all that it gave."""
    with subprocess.Popen(
        [*WRITER, str(folder), "steps", str(RUNS), "1", durability], stdout=subprocess.PIPE, text=True, bufsize=1
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(promises)]
        writer.kill()
        lines += writer.stdout.readlines()
    assert writer.returncode == -signal.SIGKILL
    return [line for line in lines if line.startswith("ok ") and line.endswith("\n")]


def events_of(run_id: str, batches: int) -> list[Event]:
    return [event for number in range(batches) for event in batch(run_id, number, 1)]


@pytest.mark.parametrize("durability", ["full", "normal"])
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_writer_kept_what_it_promised_and_nothing_by_halves(
    tmp_path: Path, seed: int, durability: str
) -> None:
    promises = random.Random(seed).randrange(PROMISES_MAX)
    promised = Counter(line.split()[1] for line in kill_after(tmp_path, promises, durability))

    journal = SqliteJournal(tmp_path)
    for run_id in (f"r{number}" for number in range(RUNS)):
        kept = list(journal.events(run_id))
        # One batch of each run may have been kept without its writer living to say so.
        assert len(kept) in {3 * promised[run_id], 3 * promised[run_id] + 3}
        assert kept == events_of(run_id, len(kept) // 3)
    assert journal.check().whole


def test_a_journal_goes_on_after_its_writer_was_killed_twice(tmp_path: Path) -> None:
    kill_after(tmp_path, 20)
    before = list(SqliteJournal(tmp_path).events("r0"))

    async def go_on() -> None:
        journal = SqliteJournal(tmp_path)
        await journal.append("r0", [succeeded("next")])
        await journal.close()

    asyncio.run(go_on())
    kill_after(tmp_path, 20)
    kept = list(SqliteJournal(tmp_path).events("r0"))
    assert kept[: len(before) + 1] == [*before, succeeded("next")]
    assert len(kept) > len(before) + 1


def test_a_live_process_s_run_is_refused_and_a_killed_one_s_is_free(tmp_path: Path) -> None:
    async def claim() -> None:
        journal = SqliteJournal(tmp_path)
        try:
            await journal.claim("r", Owner.here())
        finally:
            await journal.close()

    with subprocess.Popen([*WRITER, str(tmp_path), "own"], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        with pytest.raises(RunOwnedError, match=f"`r` belongs to process {owner.pid} on"):
            asyncio.run(claim())
        owner.kill()
        # Not yet asked how it ended: it is a zombie now, and dead all the same.
        assert owner.stdout.read() == ""
        asyncio.run(claim())


# Mounts, in a namespace of the process that makes them: nothing of them is left when it has ended.

MOUNTING = ["unshare", "--mount", "--map-root-user"]


def can_mount() -> bool:
    try:
        tried = subprocess.run([*MOUNTING, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="this user can't mount a small disk")


def mounted(folder: Path, script: str) -> str:
    """The output of a shell script that may mount on the folder, which is `$1`; `$2` and `$3` start the writer."""
    done = subprocess.run(
        [*MOUNTING, "sh", "-euc", script, "sh", str(folder), *WRITER], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@needs_mounts
@pytest.mark.parametrize("size", [1, 400])
def test_a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room(tmp_path: Path, size: int) -> None:
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    # The padding is deleted for the second part: there is room again, and the same run is gone on with.
    script = f"""
        mount -t tmpfs -o size=3m tmpfs "$1"
        head -c 1m /dev/zero > "$1/padding"
        "$2" "$3" "$1/state" steps 2 {size} || true
        rm "$1/padding"
        "$2" -c 'if True:
            import asyncio, sys
            from pathlib import Path
            from braid.journal.sqlite import SqliteJournal
            from braid.testing.journals import succeeded
            async def go_on():
                journal = SqliteJournal(Path(sys.argv[1]))
                await journal.append("r0", [succeeded("next")])
                await journal.close()
            asyncio.run(go_on())' "$1/state"
        cp -r "$1/state" "{saved}"
    """
    lines = mounted(disk, script).splitlines()
    assert [line for line in lines if line.startswith("error JournalFullError there is no room")]
    promised = Counter(line.split()[1] for line in lines if line.startswith("ok "))
    assert promised["r0"] > 2

    journal = SqliteJournal(saved)
    *kept, last = journal.events("r0")
    assert kept == [event for number in range(promised["r0"]) for event in batch("r0", number, size)]
    assert last == succeeded("next")
    assert journal.check().whole


@needs_mounts
def test_a_folder_that_can_t_be_written_to_can_be_read_and_says_so_when_written_to(tmp_path: Path) -> None:
    async def make() -> None:
        journal = SqliteJournal(tmp_path)
        await journal.append("old", [succeeded("a")])
        await journal.close()

    asyncio.run(make())
    script = """
        mount --bind "$1" "$1"
        mount -o remount,bind,ro "$1"
        "$2" "$3" "$1" steps 1 1 || true
        "$2" -c 'if True:
            import sys
            from pathlib import Path
            from braid.journal.sqlite import SqliteJournal
            print([event.address for event in SqliteJournal(Path(sys.argv[1])).events("old")])' "$1"
        "$2" "$3" "$1/deeper" steps 1 1 2>&1 | tail -n 1
    """
    error, read, refused = mounted(tmp_path, script).splitlines()
    assert error.startswith("error JournalAccessError ")
    assert "can't be used: attempt to write a readonly database; give write permission" in error
    assert read == "['a']"
    assert "JournalAccessError" in refused
