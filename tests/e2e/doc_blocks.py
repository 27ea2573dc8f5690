"""The fenced blocks of a page, and what each of them claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<language>[\w-]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# file: (?P<name>[\w./-]+)\n")
_GAP_CHARS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes:
        page: Path from the root of the repository.
        line: Of its fence, from 1.
        follows: What a reader takes it for: the block after it, unless a paragraph stands between them.
    """

    page: str
    line: int
    language: str
    text: str
    follows: Block | None

    @property
    def file_name(self) -> str | None:
        """The file that its first line, `# file: NAME`, says it is."""
        found = _FILE.match(self.text)
        return found["name"] if found else None

    @property
    def is_workflow(self) -> bool:
        return self.language == "yaml" and re.search(r"^name:", self.text, re.MULTILINE) is not None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str) -> list[Block]:
    """All blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    blocks: list[Block] = []
    for index in range(len(found) - 1, -1, -1):
        match = found[index]
        follows = blocks[-1] if blocks else None
        if follows is not None:
            between = text[match.end() : found[index + 1].start()].strip()
            if "\n\n" in between or len(between) > _GAP_CHARS_MAX or between.startswith("#"):
                follows = None
        line = text.count("\n", 0, match.start()) + 1
        blocks.append(Block(page, line, match["language"], match["text"], follows))
    return blocks[::-1]
