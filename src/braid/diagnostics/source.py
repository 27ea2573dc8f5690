"""Where something stands in a file that a person wrote."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate

import msgspec

# A full table of line starts would cost seconds and hundreds of megabytes on a file of
# nothing but newlines; counting inside one chunk of this many characters takes 1 µs.
_CHUNK_CHARS = 4096

_BREAK = re.compile(r"\r\n|\r|\n")


class Source(msgspec.Struct, frozen=True, dict=True):
    """The text of one file, with its lines.

    Lines end at LF, CRLF or a lone CR, as in editors; NEL, LS and PS end none. Offsets count
    characters (code points) from 0, lines and columns count characters from 1. A byte order
    mark at the start of a file is no part of `text`.
    """

    name: str
    text: str

    def __repr__(self) -> str:
        return f"Source(name={self.name!r})"

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, both from 1; an offset outside the text is clamped."""
        offset = self._settle(offset)
        chunk = offset // _CHUNK_CHARS
        line = self._breaks_before[chunk] + self._count_breaks(chunk * _CHUNK_CHARS, offset)
        return line + 1, offset - self._line_start(offset) + 1

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Offsets of the first character of a line and of its end, without the line break.

        Raises:
            IndexError: The file has no such line.
        """
        start = self._start_of_line(line)
        end = _BREAK.search(self.text, start)
        return start, end.start() if end else len(self.text)

    def line_text(self, line: int) -> str:
        """One line, counted from 1, without its line break.

        Raises:
            IndexError: The file has no such line.
        """
        start, end = self.line_bounds(line)
        return self.text[start:end]

    @cached_property
    def _breaks_before(self) -> list[int]:
        size = len(self.text)
        starts = range(0, size + 1, _CHUNK_CHARS)
        counts = (self._count_breaks(start, min(start + _CHUNK_CHARS, size)) for start in starts)
        return [0, *accumulate(counts)]

    @cached_property
    def _has_cr(self) -> bool:
        return "\r" in self.text

    def _count_breaks(self, start: int, end: int) -> int:
        count = self.text.count("\n", start, end)
        if self._has_cr:
            # A pair is taken back where its LF stands, so that a chunk border between CR and LF is harmless.
            count += self.text.count("\r", start, end) - self.text.count("\r\n", max(start - 1, 0), end)
        return count

    def _settle(self, offset: int) -> int:
        offset = min(max(offset, 0), len(self.text))
        # Between CR and LF is still the line that the pair ends.
        return offset - 1 if offset and self.text[offset - 1 : offset + 1] == "\r\n" else offset

    def _line_start(self, offset: int) -> int:
        start = self.text.rfind("\n", 0, offset) + 1
        if self._has_cr:
            start = max(start, self.text.rfind("\r", start, offset) + 1)
        return start

    def _start_of_line(self, line: int) -> int:
        wanted = line - 1
        if wanted < 0 or wanted > self._breaks_before[-1]:
            raise IndexError(f"{self.name} has no line {line}")
        if wanted == 0:
            return 0
        chunk = bisect_left(self._breaks_before, wanted) - 1
        position = chunk * _CHUNK_CHARS
        if position and self.text[position - 1 : position + 1] == "\r\n":
            position += 1
        for _ in range(wanted - self._breaks_before[chunk]):
            found = _BREAK.search(self.text, position)
            assert found, "the chunk table counts breaks that the text does not have"
            position = found.end()
        return position


class Span(msgspec.Struct, frozen=True):
    """A piece of a source: character offsets from 0, `end` exclusive. Empty spans are allowed."""

    source: Source
    start: int
    end: int

    def __lt__(self, other: Span) -> bool:
        return (self.source.name, self.start, self.end) < (other.source.name, other.start, other.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """Column after the last character."""
        return self.source.position(self.end)[1]


class Label(msgspec.Struct, frozen=True):
    """A second place that a diagnostic speaks of, and what is there."""

    span: Span
    text: str
