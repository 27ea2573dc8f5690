"""Text that has to fit into columns of a terminal, and times for people."""

from __future__ import annotations

from braid.diagnostics.terminal_text import char_columns, columns, escaped


def one_line(text: str) -> str:
    """The text without control characters: line breaks become `⏎`, other ones their escape."""
    text = text.strip().replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " ")
    return escaped(text)


def printable(text: str) -> str:
    """The text with its line breaks, tabs as spaces, other control characters as escapes."""
    return "\n".join(escaped(line.replace("\t", "    ")) for line in text.splitlines())


def clipped(text: str, width: int) -> str:
    """At most `width` columns of the text; `…` stands for what is cut off at its end."""
    if columns(text) <= width:
        return text
    if width < 1:
        return ""
    return _taken(text, width - 1) + "…"


def clipped_in_middle(text: str, width: int) -> str:
    """At most `width` columns; `…` stands for what is cut out, as both ends of an address tell the most."""
    if columns(text) <= width:
        return text
    if width < 3:
        return clipped(text, width)
    tail = (width - 1) * 2 // 3
    return _taken(text, width - 1 - tail) + "…" + _taken(text[::-1], tail)[::-1]


def duration_text(seconds: float) -> str:
    """A time for people: `0.05s`, `12.3s`, `4m 05s`, `2h 07m`, `3d 04h`."""
    if seconds < 0.1:
        return f"{max(seconds, 0.0):.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02}h"


def counted(number: int, noun: str) -> str:
    """`1 step`, `3 steps`; nouns that take another plural are not supported."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _taken(text: str, width: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += char_columns(char)
        if used > width:
            return text[:index]
    return text
