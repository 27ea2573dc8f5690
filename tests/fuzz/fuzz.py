"""Fuzzing: many inputs, in child processes, in chunks that can be resumed.

    python tests/fuzz/fuzz.py [--inputs 200000] [--seed 1] [--state .fuzz] [--show N]

What was done is kept in the state folder, and the same command goes on from there. A find is a file in `finds`; once it
is mended it goes to `tests/fuzz/corpus`, which the tests read. `--show N` prints the input of that number.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz_inputs import Input, made
from fuzz_judge import judged

CHUNK = 500
DEAD_SECONDS = 20
"""Of the processor: what takes longer for one input hangs, maybe where Python can't interrupt it."""
WAIT_SECONDS = 600
"""Of the wall: a child that says nothing for so long waits for something."""
CHILD_BYTES_MAX = 3_000_000_000
"""Of address space: what takes more gets a MemoryError, not the machine."""


@dataclass
class Progress:
    """What was done with one seed."""

    folder: Path
    seed: int
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    largest: int = 0

    @classmethod
    def read(cls, folder: Path, seed: int) -> Progress:
        (folder / "finds").mkdir(parents=True, exist_ok=True)
        file = folder / f"seed-{seed}.json"
        if not file.exists():
            return cls(folder, seed)
        kept = json.loads(file.read_text())
        return cls(folder, seed, kept["done"], Counter(kept["counts"]), kept["slowest"], kept["largest"])

    def write(self) -> None:
        kept = {"done": self.done, "counts": self.counts, "slowest": self.slowest, "largest": self.largest}
        (self.folder / f"seed-{self.seed}.json").write_text(json.dumps(kept))

    def take(self, number: int, kind: str, verdict: dict[str, Any]) -> None:
        self.done = number + 1
        self.counts[f"{kind}: {verdict['ending']}"] += 1
        self.slowest = max(self.slowest, verdict["seconds"])
        self.largest = max(self.largest, verdict["grown_bytes"])
        if verdict["is_find"]:
            self.find(number, kind, verdict)

    def find(self, number: int, kind: str, verdict: dict[str, Any]) -> None:
        text = f"{kind} {number} of seed {self.seed}: {verdict['ending']}, {verdict['seconds']:.2f} s, "
        text += f"{verdict['grown_bytes'] / 1e6:.0f} MB\n{verdict['why']}"
        file = self.folder / "finds" / f"{self.seed}-{number}.txt"
        file.write_text(text, errors="backslashreplace")
        file.with_suffix(f".{kind}").write_bytes(_bytes(made(self.seed, number)))
        print(text.strip(), flush=True)

    def told(self, seconds: float) -> str:
        lines = [f"{self.done:,} inputs of seed {self.seed}; {seconds:.0f} s this time"]
        lines += [f"  {count:>9,}  {name}" for name, count in sorted(self.counts.items())]
        finds = [*self.folder.glob(f"finds/{self.seed}-*.txt")]
        lines.append(f"  slowest {self.slowest:.2f} s, most memory for one {self.largest / 1e6:.0f} MB")
        return "\n".join([*lines, f"  {len(finds)} finds"])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, default=Path(".fuzz"))
    parser.add_argument("--show", type=int)
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.show is not None:
        return _show(given.seed, given.show)
    if given.child:
        return _child(given.seed, *given.child)
    progress, began = Progress.read(given.state, given.seed), time.monotonic()
    while progress.done < given.inputs:
        _chunk(progress, min(progress.done + CHUNK, given.inputs))
        progress.write()
    print(progress.told(time.monotonic() - began))
    return 1 if any(given.state.glob(f"finds/{given.seed}-*.txt")) else 0


def _show(seed: int, number: int) -> int:
    sys.stdout.buffer.write(_bytes(made(seed, number)))
    return 0


def _bytes(one: Input) -> bytes:
    return one.text if isinstance(one.text, bytes) else one.text.encode("utf-8", "surrogatepass")


def _child(seed: int, start: int, end: int) -> int:
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_BYTES_MAX, CHILD_BYTES_MAX))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(start, end):
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + DEAD_SECONDS, resource.RLIM_INFINITY))
            one = made(seed, number)
            print(json.dumps([number, one.kind]), flush=True)
            verdict = judged(one, Path(folder))
            print(json.dumps({**verdict.to_json(), "is_find": verdict.is_find}), flush=True)
    return 0


def _chunk(progress: Progress, end: int) -> None:
    """Up to `end`, or up to an input that ends its process."""
    command = [sys.executable, __file__, "--seed", str(progress.seed), "--child", str(progress.done), str(end)]
    with tempfile.TemporaryFile("w+") as errors, tempfile.NamedTemporaryFile("w+") as told:
        child = subprocess.Popen(command, stdout=told, stderr=errors, text=True)
        while child.poll() is None:
            before = Path(told.name).stat().st_size
            try:
                child.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                if Path(told.name).stat().st_size == before:
                    child.kill()
                    child.wait()
        lines = Path(told.name).read_text().splitlines()
        errors.seek(0)
        why = errors.read()
    for asked, answered in zip(lines[::2], lines[1::2], strict=False):
        number, kind = json.loads(asked)
        progress.take(number, kind, json.loads(answered))
    if child.returncode:
        number, kind = json.loads(lines[-1]) if len(lines) % 2 else (progress.done, "any")
        hangs = child.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
        ending = "hangs" if hangs else f"process ended with {child.returncode}"
        verdict = {"ending": ending, "why": why, "seconds": DEAD_SECONDS, "grown_bytes": 0, "is_find": True}
        progress.take(number, kind, verdict)


if __name__ == "__main__":
    sys.exit(main())
