"""Which character of a file each character of a decoded scalar comes from.

The rules are those of YAML 1.2.2 (5.7 escapes, 6.5 line folding, 8.1 block scalars) as libyaml
carries them out. What is decoded here is compared with what libyaml gave: should the two ever
differ, the place of the whole scalar is given instead of a wrong one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from braid.diagnostics import Span

# (decoded text, offset in the source, characters there). As many characters as the decoded text
# has means one to one, any other number means that the piece is one unit.
_Piece = tuple[str, int, int]

_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_FOLD = f"[ \t]*[{_BREAKS}][ \t{_BREAKS}]*"
_PLAIN = re.compile(f"(?P<fold>{_FOLD})|[ \t]+|[^ \t{_BREAKS}]+")
_SINGLE = re.compile(f"(?P<quote>'')|(?P<fold>{_FOLD})|[ \t]+|[^ \t{_BREAKS}']+")
_DOUBLE = re.compile(
    rf"\\(?P<join>[{_BREAKS}][ \t{_BREAKS}]*)|\\(?P<code>x..|u....|U........)|\\(?P<letter>.)"
    rf"|(?P<fold>{_FOLD})|[ \t]+|[^ \t{_BREAKS}\\]+",
    re.DOTALL,
)
_LETTERS = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEADER = re.compile(f"[|>][-+1-9]*[ \t]*(?:#[^{_BREAKS}]*)?(?:{_BREAK.pattern}|$)")
_LINE = re.compile(f"(?P<text>[^{_BREAKS}]*)(?P<break>{_BREAK.pattern}|$)")


class ScalarMap:
    """Maps offsets in the decoded text of one scalar to places in its source."""

    __slots__ = ("_lengths", "_pieces", "_span", "_starts", "_text")

    def __init__(self, text: str, span: Span, style: str) -> None:
        self._text = text
        self._span = span
        self._starts: list[int] = []
        self._pieces: list[tuple[int, int]] = []
        self._lengths: list[int] = []
        self._read(_pieces(text, span, style))

    def locate(self, start: int, end: int) -> Span:
        size = len(self._text)
        start = min(max(start, 0), size)
        end = min(max(end, start), size)
        if not self._starts:
            return self._span
        first, first_end = self._char(start)
        if start == end:
            # After the last character: where the next one would be typed.
            place = first if start < size else first_end
            return Span(self._span.source, place, place)
        return Span(self._span.source, first, self._char(end - 1)[1])

    def _read(self, pieces: Iterable[_Piece]) -> None:
        position = 0
        for decoded, source, length in pieces:
            if not decoded:
                continue
            kept = min(len(decoded), len(self._text) - position)
            if not self._text.startswith(decoded[:kept], position):
                break
            self._starts.append(position)
            self._pieces.append((source, length))
            self._lengths.append(len(decoded))
            position += kept
            if position == len(self._text):
                return
        self._starts.clear()

    def _char(self, offset: int) -> tuple[int, int]:
        """Source offsets of the start and the end of the character at `offset`."""
        i = bisect_right(self._starts, offset) - 1
        source, length = self._pieces[i]
        if length != self._lengths[i]:
            return source, source + length
        inside = offset - self._starts[i]
        if inside >= length:
            return source + length, source + length
        return source + inside, source + inside + 1


def _pieces(text: str, span: Span, style: str) -> Iterator[_Piece]:
    raw = span.source.text
    match style:
        case "plain":
            return _flow_pieces(_PLAIN, raw, span.start, span.end)
        case "single":
            return _flow_pieces(_SINGLE, raw, span.start + 1, span.end - 1)
        case "double":
            return _flow_pieces(_DOUBLE, raw, span.start + 1, span.end - 1)
        case "literal":
            return _literal_pieces(raw, *_block_body(text, raw, span.start))
        case _:
            return _folded_pieces(raw, *_block_body(text, raw, span.start))


def _flow_pieces(pattern: re.Pattern[str], raw: str, start: int, end: int) -> Iterator[_Piece]:
    for found in pattern.finditer(raw, start, end):
        piece = found.group()
        match found.lastgroup:
            case None:
                decoded = piece
            case "fold":
                decoded = _folded(_line_breaks(piece))
            case "quote":
                decoded = "'"
            case "join":
                decoded = "".join(_line_breaks(piece)[1:])
            case "code":
                decoded = chr(int(found["code"][1:], 16))
            case _:
                decoded = _LETTERS.get(found["letter"], found["letter"])
        yield decoded, found.start(), len(piece)


def _line_breaks(piece: str) -> list[str]:
    return [_decoded_break(found.group()) for found in _BREAK.finditer(piece)]


def _decoded_break(characters: str) -> str:
    # libyaml reads YAML 1.1 here: NEL is a line feed, LS and PS stay what they are.
    return characters if characters in ("", "\u2028", "\u2029") else "\n"


def _folded(breaks: list[str]) -> str:
    first, *more = breaks
    if first == "\n":
        return "".join(more) or " "
    return "".join(breaks)


def _block_body(text: str, raw: str, start: int) -> tuple[int, int]:
    """Offset of the first line after the header, and the indentation that is cut from each line."""
    header = _HEADER.match(raw, start)
    body = header.end() if header else start
    wanted = text.lstrip("\n")
    kept = len(wanted) - len(wanted.lstrip(" "))
    for line in _LINE.finditer(raw, body):
        content = line["text"]
        if content.strip(" ") or not line["break"]:
            return body, max(len(content) - len(content.lstrip(" ")) - kept, 0)
    return body, 0


def _literal_pieces(raw: str, body: int, indent: int) -> Iterator[_Piece]:
    for line in _LINE.finditer(raw, body):
        cut = min(indent, len(line["text"]) - len(line["text"].lstrip(" ")))
        yield line["text"][cut:], line.start() + cut, len(line["text"]) - cut
        if not line["break"]:
            return
        yield _decoded_break(line["break"]), line.start("break"), len(line["break"])


def _folded_pieces(raw: str, body: int, indent: int) -> Iterator[_Piece]:
    """The folding of libyaml's `yaml_parser_scan_block_scalar`, line by line."""
    leading, leading_blank, leading_at = "", False, body
    trailing: list[str] = []
    for line in _LINE.finditer(raw, body):
        text = line["text"]
        spaces = len(text) - len(text.lstrip(" "))
        content = text[min(indent, spaces) :]
        if not content and line["break"]:
            trailing.append(_decoded_break(line["break"]))
            continue
        ended = not content or spaces < indent
        blank = content.startswith((" ", "\t"))
        if ended or leading != "\n" or leading_blank or blank:
            yield leading + "".join(trailing), leading_at, line.start() - leading_at
        else:
            start = line.start() + indent
            yield "".join(trailing) or " ", leading_at, start - leading_at
        if ended:
            return
        yield content, line.start() + indent, len(content)
        leading, leading_blank, leading_at = _decoded_break(line["break"]), blank, line.start("break")
        trailing = []
        if not line["break"]:
            return
