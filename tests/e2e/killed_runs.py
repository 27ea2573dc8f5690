"""Runs of the real command that are killed, and what their steps did, counted in a file."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from braid.cli.main import main
from braid.testing.waiting import until

BRAID = (sys.executable, "-m", "braid")
DYING = (sys.executable, str(Path(__file__).with_name("dying_command.py")))
DEADLINE_SECONDS = 60.0

HELD = """\
name: w
steps:
  - id: first
    python: {call: "work:act", with: {name: first}}
  - id: held
    python: {call: "work:hold", with: {name: held}}
  - id: last
    python: {call: "work:act", with: {name: last}}
"""
ONCE = {"first": 1, "held": 2, "last": 1}
"""How often each step acts when the run is stopped while `held` executes, and goes on."""

WORK = '''\
"""Steps that write down what they do, one line each."""

import json, os, pathlib, time

HERE = pathlib.Path(__file__).parent


def note(what, name):
    line = json.dumps({"what": what, "name": name, "pid": os.getpid(), "time": time.time()})
    with open(HERE / "effects", "a") as file:  # one write: lines of several threads don't mix
        file.write(line + "\\n")


def read(name):
    path = HERE / name
    return path.read_text().splitlines() if path.exists() else []


def act(name, give=None):
    note("begin", name)
    note("end", name)
    return name if give is None else give


def hold(name, give=None):
    """Has its effect at once, and ends when it is let go."""
    note("begin", name)
    while not (HERE / "go").exists():
        time.sleep(0.005)
    note("end", name)
    return name if give is None else give


def follow(name, other):
    """As `act`, but not before another step has begun."""
    while not any(f'"begin", "name": "{other}"' in line for line in read("effects")):
        time.sleep(0.005)
    return act(name)


def hold_some(number, of):
    """Items `of` hold, the others don't."""
    return (hold if number in of else act)(number, number * 10)


def fail(name, hold_on=0):
    """Fails each time; holds before that at its effect number `hold_on`."""
    note("begin", name)
    effects = sum(f'"begin", "name": "{name}"' in line for line in open(HERE / "effects"))
    while effects == hold_on and not (HERE / "go").exists():
        time.sleep(0.005)
    raise ValueError(f"{name} fails")
'''


@dataclass(frozen=True)
class Effect:
    """What a step did: `begin` or `end`, in which process, and when (epoch seconds)."""

    what: str
    name: Any  # a text or a number
    pid: int
    time: float


class Place:
    """A folder with a workflow whose steps are functions of `work.py`."""

    def __init__(self, folder: Path, workflow: str) -> None:
        self.folder = folder
        self.file = folder / "w.braid.yaml"
        self.file.write_text(workflow)
        (folder / "work.py").write_text(WORK)

    # Commands.

    def braid(self, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return self._ended(BRAID, arguments, cwd, env)

    def told(self, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """The same in this process, for what runs no step: it saves the time to start one."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(cwd or self.folder),
            mock.patch.dict(os.environ, env),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main(list(arguments))
            except SystemExit as ended:
                code = ended.code
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def dying(self, method: str, when: str, number: int, *arguments: str) -> None:
        """Run the command to its death; see `dying_command`."""
        done = self._ended(DYING, (method, when, str(number), *arguments), None, {})
        assert done.returncode == -signal.SIGKILL, done.stderr

    def resumed(self, *options: str, code: int = 0, **env: str) -> dict[str, Any]:  # Any: JSON
        """The last run's result, as JSON, when it has gone on to its end."""
        done = self.braid("resume", "last", "--json", "--quiet", *options, cwd=None, **env)
        assert (done.returncode, done.stderr) == (code, ""), (done.stdout, done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @contextmanager
    def running(
        self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """The command while it runs; its output goes to the files `out` and `log`. It is dead afterwards."""
        with (self.folder / "out").open("w") as out, (self.folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*BRAID, *arguments],
                cwd=cwd or self.folder,
                env={**os.environ, **(env or {})},
                stdout=out,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def killed(self, *effects: str | int, command: tuple[str, ...] = ("run", "w.braid.yaml"), logged: str = "") -> None:
        """Run the command, and kill it when steps have had these effects (as often as they are named) and a text is in
        its log."""
        wanted = Counter(self.effects()) + Counter(effects)

        def reached() -> bool:
            return not wanted - Counter(self.effects()) and logged in self.log

        with self.running(*command) as process:
            until(lambda: reached() or process.poll() is not None, f"effects {effects}", DEADLINE_SECONDS)
            assert process.poll() is None, self.log
            process.kill()
            process.wait()

    def _ended(
        self, command: tuple[str, ...], arguments: tuple[str, ...], cwd: Path | None, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments],
            cwd=cwd or self.folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )

    # What they did.

    @property
    def log(self) -> str:
        """Of the last `running`: its standard error."""
        return (self.folder / "log").read_text()

    @property
    def all_effects(self) -> list[Effect]:
        """In their order; the line that is being written isn't among them."""
        path = self.folder / "effects"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [Effect(**json.loads(line)) for line in lines]

    def effects(self) -> list[Any]:  # Any: texts or numbers
        """The name of each step, once for each time that it was executed."""
        return [effect.name for effect in self.all_effects if effect.what == "begin"]

    def counts(self) -> dict[Any, int]:  # Any: as above
        """Name → how often it was executed."""
        return dict(Counter(self.effects()))

    def let_go(self) -> None:
        """Steps that hold go on."""
        (self.folder / "go").touch()

    def hold_again(self) -> None:
        """Steps hold again."""
        (self.folder / "go").unlink()


def steps_of(result: Mapping[str, Any]) -> dict[str, tuple[str, int]]:  # Any: JSON
    """Address → status and attempts, of a result as JSON."""
    return {step["address"]: (step["status"], step["attempts"]) for step in result["steps"]}


def most_at_once(effects: list[Effect], among: set[Any]) -> int:  # Any: names
    """How many of these steps were executing at the same time in one process, at most."""
    most = 0
    executing: Counter[int] = Counter()
    for effect in effects:
        if effect.name in among:
            executing[effect.pid] += 1 if effect.what == "begin" else -1
            most = max(most, executing[effect.pid])
    return most
