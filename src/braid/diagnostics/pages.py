"""The pages that tell about a code: what it means, a wrong example, why, and a right one.

A page is `codes/CODE.md`: a heading that is the code, a paragraph that sums it up, and then paragraphs and examples. An
example is a fenced block whose first line says ```` ```yaml wrong ```` or ```` ```yaml right ````; what it needs beside
it is a block before it that begins with ```` ```yaml NAME.yaml ````. Tests run every example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from braid.diagnostics.diagnostic import Diagnostic

Role = Literal["wrong", "right"]

_CODES_NAMED_MAX = 3

_FOLDER = Path(__file__).with_name("codes")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = re.compile(r"^```(?P<language>\S+)(?: (?P<word>\S+))?\n(?P<text>.*?)^```\n", re.MULTILINE | re.DOTALL)


class Paragraph(msgspec.Struct, frozen=True):
    """Prose, in one line."""

    text: str


class Example(msgspec.Struct, frozen=True):
    """A block of a page.

    Attributes:
        role: Whether it shows the mistake or what to write instead; None for another file or a command.
        file: The name of the file that it is, where it is one that an example needs beside it.
    """

    language: str
    text: str
    role: Role | None = None
    file: str = ""


class Page(msgspec.Struct, frozen=True):
    """What there is to know about one code."""

    code: str
    summary: str
    parts: tuple[Paragraph | Example, ...]
    source: str
    """The page as it was written, in Markdown."""

    def example(self, role: Role) -> tuple[Example | None, tuple[Example, ...]]:
        """The example of this role, if any, and the files that it needs."""
        files: list[Example] = []
        for part in self.parts:
            if isinstance(part, Example) and part.file:
                files.append(part)
            elif isinstance(part, Example) and part.role == role:
                return part, tuple(files)
        return None, ()


def codes() -> list[str]:
    """The codes that have a page, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.md"))


def has_page(code: str) -> bool:
    """Whether there is something to read about a code."""
    return _CODE.fullmatch(code) is not None and (_FOLDER / f"{code}.md").is_file()


def read_page(code: str) -> Page:
    """The page of a code.

    Raises:
        KeyError: There is none.
    """
    if not has_page(code):
        raise KeyError(code)
    return parsed((_FOLDER / f"{code}.md").read_text(encoding="utf-8"))


def more_about(diagnostics: Iterable[Diagnostic], width: int | None = None) -> str:
    """How to learn more about problems, once for all of them: a command, or nothing where there is no page.

    Args:
        width: Columns of the terminal; of several codes those that fit are named.
    """
    ranked = sorted(diagnostics, key=lambda each: each.severity != "error")
    found = [code for code in dict.fromkeys(each.code for each in ranked) if has_page(code)]
    lines = [f"for more: braid explain {' '.join(found[:count])}" for count in range(_CODES_NAMED_MAX, 0, -1)]
    return next((line for line in lines if width is None or len(line) <= width), lines[-1]) if found else ""


def parsed(text: str) -> Page:
    """A page from its Markdown."""
    parts: list[Paragraph | Example] = []
    position = 0
    for fence in _FENCE.finditer(text):
        parts += _prose(text[position : fence.start()])
        word = fence["word"] or ""
        role: Role | None = "wrong" if word == "wrong" else "right" if word == "right" else None
        parts.append(Example(fence["language"], fence["text"], role, "" if role else word))
        position = fence.end()
    parts += _prose(text[position:])
    heading, summary, *rest = parts
    assert isinstance(heading, Paragraph), "a page begins with its code"
    assert isinstance(summary, Paragraph), "and then sums it up"
    return Page(heading.text.removeprefix("# "), summary.text, tuple(rest), text)


def _prose(text: str) -> list[Paragraph]:
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text))
    return [Paragraph(paragraph) for paragraph in paragraphs if paragraph]
