"""A full disk, a locked database, damaged files, values that can't be kept: what the commands make of them."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from killed_runs import BRAID, DEADLINE_SECONDS, Place

from braid.testing.waiting import until

# A limit on the size of files does what a full disk does, and needs no mount.
_LIMITED = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
os.execv(sys.argv[2], sys.argv[2:])
"""
_EMPTY_JOURNAL_BYTES = 48 << 10


def limited(place: Place, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, where no file may grow beyond a size."""
    return subprocess.run(
        [sys.executable, "-c", _LIMITED, str(size), *BRAID, *arguments],
        cwd=place.folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


MANY = """\
name: w
steps:
  - foreach:
      items: "{{ range(30) | list }}"
      as: number
      max_concurrency: 2
      steps:
        - python: {call: "work:act", with: {name: "{{ number }}", give: "{{ 'x' * 3000 }}"}}
output: done
"""


def test_a_full_disk_stops_the_run_loses_nothing_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    place = Place(tmp_path, MANY)
    done = limited(place, 3 * _EMPTY_JOURNAL_BYTES, "run", "w.braid.yaml", "--run-id", "full")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-2:] == [
        f"error: there is no room to write to {place.folder}/.braid/journal.sqlite; make some, and try again",
        "to go on with it:  braid resume full",
    ]
    executed = len(place.effects())
    assert 2 < executed < 30

    # Closing the journal took what was in its log into the file, so that there is a little room again.
    again = limited(place, 3 * _EMPTY_JOURNAL_BYTES, "resume", "full", "--json", "--quiet")
    assert (again.returncode, again.stderr) == (1, "")
    [problem] = json.loads(again.stdout)["diagnostics"]
    assert (problem["code"], "braid resume full" in problem["help"]) == ("journal-full", True)

    result = place.resumed()
    assert (result["status"], result["output"], len(result["steps"])) == ("succeeded", "done", 31)
    counts = place.counts()
    assert sorted(counts) == list(range(30))
    # What was being executed, or could not be written any more, when the room was used up: twice a window of two.
    assert sum(counts.values()) - 30 <= 4
    assert max(counts.values()) <= 3


def test_a_full_disk_for_large_values_stops_the_run_as_well(tmp_path: Path) -> None:
    place = Place(tmp_path, MANY.replace("3000", "300000"))
    done = limited(place, 5 * _EMPTY_JOURNAL_BYTES, "run", "w.braid.yaml", "-q")
    assert done.returncode == 1
    assert "there is no room to write beside" in done.stderr
    assert "Traceback" not in done.stderr

    assert place.resumed()["status"] == "succeeded"
    assert not list((tmp_path / ".braid" / "blobs").rglob("*.unfinished"))


@pytest.mark.parametrize("size", [0, 20_000])
def test_without_room_for_a_journal_nothing_runs_and_nothing_is_in_the_way_later(tmp_path: Path, size: int) -> None:
    place = Place(tmp_path, MANY)
    done = limited(place, size, "run", "w.braid.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no room to write" in done.stderr
    assert "Traceback" not in done.stderr
    assert place.effects() == []

    assert place.braid("run", "w.braid.yaml", "-q").stdout == "done\n"


HELD = """\
name: w
steps:
  - id: first
    python: {call: "work:hold", with: {name: first}}
  - id: last
    python: {call: "work:act", with: {name: last}}
"""


def test_a_database_that_another_writer_locks_for_five_seconds_is_waited_for(tmp_path: Path) -> None:
    place = Place(tmp_path, HELD)
    with place.running("run", "w.braid.yaml", "-q") as run:
        until(place.effects, "the step", DEADLINE_SECONDS)
        other = sqlite3.connect(tmp_path / ".braid" / "journal.sqlite", isolation_level=None)
        with contextlib.closing(other):
            other.execute("BEGIN IMMEDIATE")
            locked = time.monotonic()
            place.let_go()
            until(lambda: len(place.all_effects) == 2, "the end of the step")
            # Who looks back isn't held up.
            assert place.braid("runs").returncode == 0
            until(lambda: time.monotonic() - locked > 5.0, "five seconds")
            assert place.counts() == {"first": 1}
            assert run.poll() is None
            other.execute("ROLLBACK")
        assert run.wait(DEADLINE_SECONDS) == 0
    assert place.log == ""
    assert place.counts() == {"first": 1, "last": 1}


def test_a_value_that_can_t_be_kept_fails_its_step_with_its_place_and_the_run_goes_on(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - id: bad
    python: {code: "import work; work.act('bad'); return {'rows': [1, {'handle': object()}]}"}
    retry: {attempts: 3, delay: 1ms}
    fallback: {value: "{{ error.type }}: {{ error.message }}"}
  - id: held
    python: {call: "work:hold", with: {name: held, give: "{{ bad }}"}}
  - id: worse
    python: {code: "import work; work.act('worse'); return float('nan')"}
""",
    )
    place.killed("bad", "held")
    place.let_go()

    result = place.resumed(code=1)
    # Another attempt would give no other kind of value.
    assert place.counts() == {"bad": 1, "held": 2, "worse": 1}
    error = result["error"]
    assert (error["type"], error["address"], error["message"].partition(":")[0]) == ("result", "worse", "$")
    told = "result: $.rows[1].handle: an object can't be kept; return lists, objects, text, numbers, dates or bytes"
    assert json.loads(place.braid("show", "last", "--step", "held", "--json").stdout)["output"] == told


# Damage.

COMMANDS = (
    ("runs",),
    ("runs", "--json"),
    ("show", "last"),
    ("show", "last", "--json"),
    ("show", "last", "--step", "each/3/line"),
    ("why", "last"),
    ("timeline", "last"),
    ("cancel", "last"),
    ("resume", "last", "--json", "--quiet"),
    ("resume", "last"),
    ("run", "other.braid.yaml", "--quiet"),
    ("forget", "last", "--yes"),
)
TELLING = ("damaged", "can't be read", "no journal of Braid", "later Braid", "can't be used")
LINES = [*(f"line {number}\n" for number in range(40)), "end\n"]

RECORDED = """\
name: w
steps:
  - id: each
    foreach:
      items: "{{ range(40) | list }}"
      as: number
      steps:
        - {id: line, write_file: {path: lines.txt, append: true, content: "line {{ number }}\\n"}}
  - write_file: {path: lines.txt, append: true, content: "end\\n"}
output: "{{ each | length }}"
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, bytes]:
    """A run whose process died after its forty-first task, which nobody recorded; and its journal, as one file."""
    place = Place(tmp_path_factory.mktemp("recorded"), RECORDED)
    place.dying("append", "before", 41, "run", "w.braid.yaml", "--run-id", "r")
    (place.folder / "other.braid.yaml").write_text("name: other\nsteps:\n  - set: fine\n")
    state = place.folder / ".braid"
    # The last connection that is closed takes the log into the file.
    with contextlib.closing(sqlite3.connect(state / "journal.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint")
    assert sorted(path.name for path in state.iterdir()) == [".gitignore", "journal.sqlite"]
    assert (place.folder / "lines.txt").read_text() == "".join(LINES)
    return place, (state / "journal.sqlite").read_bytes()


def said_of(place: Place, content: bytes, command: tuple[str, ...]) -> tuple[int, str]:
    """What a command makes of a journal with this content. Nothing that was recorded may be done again."""
    state, lines = place.folder / ".braid", place.folder / "lines.txt"
    shutil.rmtree(state)
    state.mkdir()
    (state / "journal.sqlite").write_bytes(content)
    lines.write_text("".join(LINES))

    done = place.told(*command)
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    goes_on = command[0] == "resume" and done.returncode == 0
    assert lines.read_text() == "".join([*LINES, "end\n"] if goes_on else LINES)
    # Ages and durations differ from one time to the next.
    told = " ".join(re.sub(r"just now|\d[\d.:TZ-]*(ms|s|m)?( ago)?\b", "", output).split())
    return done.returncode, told


def tells(code: int, output: str) -> bool:
    return code in (1, 2) and any(words in output for words in TELLING)


def test_a_flipped_bit_is_told_by_every_command_or_changes_nothing(recorded: tuple[Place, bytes]) -> None:
    place, content = recorded
    whole = {command: said_of(place, content, command) for command in COMMANDS}
    assert [code for code, _ in whole.values()] == [0] * len(COMMANDS)
    # Half of the file is zeros: parts of pages that hold nothing.
    filled = [place for place, byte in enumerate(content) if byte]
    told = 0
    for seed in range(120):
        chance = random.Random(seed)
        flipped = bytearray(content)
        flipped[chance.choice(filled)] ^= 1 << chance.randrange(8)
        command = COMMANDS[seed % len(COMMANDS)]
        found = said_of(place, bytes(flipped), command)
        assert tells(*found) or found == whole[command], seed
        told += tells(*found)
    # The others are in parts that a command doesn't read.
    assert told > 60


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_journal_that_was_cut_is_told_of_by_every_command(
    recorded: tuple[Place, bytes], command: tuple[str, ...]
) -> None:
    place, content = recorded
    for share in (0, 100, 4096, len(content) // 2, len(content) - 5000, len(content) - 1):
        assert tells(*said_of(place, content[:share], command)), share


def test_a_large_value_that_was_damaged_is_told_with_its_step_and_nothing_runs(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        """\
name: w
steps:
  - id: large
    python: {call: "work:act", with: {name: large, give: "{{ 'x' * 100000 }}"}}
  - python: {call: "work:hold", with: {name: held}}
""",
    )
    place.killed("large", "held")
    place.let_go()
    [blob] = [path for path in (tmp_path / ".braid" / "blobs").rglob("*") if path.is_file()]
    content = blob.read_bytes()
    blob.write_bytes(content[:-1] + b"y")

    done = place.braid("resume", "last")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"damaged at event 2 of 2: the value of step `large`: the file blobs/\S+ is damaged", done.stderr)
    assert "the 1 before it can be read" in done.stderr
    assert "Traceback" not in done.stderr
    blob.write_bytes(content)
    assert place.resumed()["status"] == "succeeded"
    assert place.counts() == {"large": 1, "held": 2}
