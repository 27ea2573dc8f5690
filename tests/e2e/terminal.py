"""A small terminal: a pseudo-terminal with a screen behind it, enough for what the command writes."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

DEADLINE_SECONDS = 60.0

# The child makes the terminal its own, so that Ctrl-C reaches it as it would a person's command.
_LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"

_PIECE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]+|\x1b")


class Screen:
    """What a person would see. A long line wraps; a line break in the last row scrolls."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.lines = [""]
        self.row = 0
        self.column = 0
        self.scrolled = 0
        self.wrapped = 0
        self.cursor_hidden = False

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    def feed(self, data: str) -> None:
        for piece in _PIECE.finditer(data):
            text = piece.group()
            if text == "\r":
                self.column = 0
            elif text == "\n":
                self._line_break()
            elif piece.group(2):
                self._control(piece.group(1), piece.group(2))
            elif text == "\x1b":
                raise AssertionError("half an escape sequence, or one that no terminal of ours knows")
            else:
                self._print(text)

    def resize(self, columns: int, rows: int) -> None:
        """As most terminals do it: lines that are too long now go on in the next row."""
        before, self.lines = self.lines, []
        for number, line in enumerate(before):
            if number == self.row:
                self.row = len(self.lines)
            self.lines += [line[start : start + columns] for start in range(0, len(line), columns)] or [""]
        self.columns, self.rows = columns, rows
        lost = max(len(self.lines) - rows, 0)
        del self.lines[:lost]
        self.row -= lost

    def _print(self, text: str) -> None:
        for char in text:
            if self.column == self.columns:
                self.wrapped += 1
                self._line_break()
                self.column = 0
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + char + line[self.column + 1 :]
            self.column += 1

    def _line_break(self) -> None:
        if self.row == self.rows - 1:
            self.lines.pop(0)
            self.lines.append("")
            self.scrolled += 1
            return
        self.row += 1
        while len(self.lines) <= self.row:
            self.lines.append("")

    def _control(self, parameters: str, letter: str) -> None:
        match letter:
            case "A":
                up = int(parameters or "1")
                assert up <= self.row, f"moves up {up} rows from row {self.row}: it drew more than the screen holds"
                self.row -= up
            case "K":
                self.lines[self.row] = self.lines[self.row][: self.column]
            case "J":
                self.lines[self.row] = self.lines[self.row][: self.column]
                del self.lines[self.row + 1 :]
            case "m":
                pass
            case "h" | "l" if parameters == "?25":
                self.cursor_hidden = letter == "l"
            case _:
                raise AssertionError(f"an unexpected control sequence: {parameters}{letter}")


class Terminal:
    """A command on a terminal of its own."""

    def __init__(
        self, *arguments: str, columns: int, rows: int, cwd: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.tallest = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._rest = ""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._before = termios.tcgetattr(slave)
        self._slave = slave
        self._ends: tuple[int, ...] = (slave, self._master)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, sys.executable, "-m", "braid", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            start_new_session=True,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._close()

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._read(0.0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(columns, rows)

    def wait_for(self, text: str) -> None:
        """Until the text stands on the screen."""
        self._read_until(lambda: text in self.screen.text)

    def finish(self) -> int:
        """Until the command has ended and all it wrote is read; its exit code."""
        self._read_until(lambda: self.process.poll() is not None)
        self._read(0.0)
        assert termios.tcgetattr(self._slave) == self._before, "the terminal's settings were changed"
        return self.process.returncode

    def hang_up(self) -> int:
        """Close the window, as a person would or a lost connection; the command's exit code."""
        self._close()
        return self.process.wait(DEADLINE_SECONDS)

    def _close(self) -> None:
        ends, self._ends = self._ends, ()
        for end in ends:
            os.close(end)

    def _read_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done():
            assert time.monotonic() < deadline, f"timed out; on the screen:\n{self.screen.text}"
            assert self._read(0.05) or self.process.poll() is None or done(), f"it ended:\n{self.screen.text}"

    def _read(self, seconds: float) -> bool:
        found = False
        while select.select([self._master], [], [], seconds)[0]:
            data = b""
            with contextlib.suppress(OSError):
                data = os.read(self._master, 1 << 16)
            if not data:
                return found
            # A read may end inside a character or an escape sequence.
            text = self._rest + self._decoder.decode(data)
            cut = re.search(r"\x1b(\[[0-9;?]*)?$", text)
            self._rest = cut.group() if cut else ""
            text = text.removesuffix(self._rest) if cut else text
            self.raw += text
            self.screen.feed(text)
            self.tallest = max(self.tallest, len(self.screen.lines))
            found, seconds = True, 0.0
        return found
