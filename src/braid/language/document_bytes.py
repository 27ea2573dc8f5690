"""From the bytes of a file to text that YAML can hold."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from braid.diagnostics import FILE_BYTES_MAX, Diagnostic, DiagnosticsError, Source, Span

# Everything but `c-printable` of YAML 1.2.2, section 5.1.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHOWN_MAX = 10

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_WIDE_START = re.compile(rb"[^\0]\0[^\0]\0|\0[^\0]\0[^\0]")


def read_text(text: str | bytes, name: str) -> Source:
    """The text without its byte order mark, checked to hold only what YAML allows.

    Raises:
        DiagnosticsError: Too large, not UTF-8, or with characters that no YAML file may have.
    """
    # The size of a str is bounded by its characters; encoding it just to count would be waste.
    if len(text) > FILE_BYTES_MAX:
        start = text[:1000] if isinstance(text, str) else text[:1000].decode("utf-8", "replace")
        raise DiagnosticsError([_too_large(Source(name, start), len(text))])
    if isinstance(text, bytes):
        text = _decode(text, name)
    source = Source(name, text.removeprefix("\ufeff"))
    if found := _forbidden(source):
        raise DiagnosticsError(found)
    return source


def _too_large(source: Source, size: int) -> Diagnostic:
    return Diagnostic(
        "file-too-large",
        f"the file has {size:,} bytes; at most {FILE_BYTES_MAX:,} are read (FILE_BYTES_MAX)",
        Span(source, 0, 0),
        help="load large data with a `read_file` step, or split the workflow with `call`",
    )


def _decode(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if not encoding and _WIDE_START.match(data):
        encoding = "UTF-16"
    if encoding:
        # An honest excerpt: what the file looks like to a reader that knows its encoding.
        start = Source(name, data[:400].decode(encoding, "replace").removeprefix("\ufeff"))
        raise DiagnosticsError(
            [
                Diagnostic(
                    "not-utf-8",
                    f"the file is encoded in {encoding}",
                    Span(start, 0, 0),
                    help="save it as UTF-8",
                )
            ]
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DiagnosticsError([_not_utf8(data, error, name)]) from None


def _not_utf8(data: bytes, error: UnicodeDecodeError, name: str) -> Diagnostic:
    offset = len(data[: error.start].decode("utf-8").removeprefix("\ufeff"))
    source = Source(name, data.decode("utf-8", "replace").removeprefix("\ufeff"))
    if b"\0" in data[:8192]:
        return _binary(source, offset)
    bad = data[error.start]
    help_ = "save the file as UTF-8"
    if bad >= 0xA0:
        help_ += f"; in Latin-1 this byte would be `{chr(bad)}`"
    return Diagnostic("not-utf-8", f"the byte 0x{bad:02X} is not UTF-8", Span(source, offset, offset + 1), help=help_)


def _binary(source: Source, offset: int) -> Diagnostic:
    return Diagnostic(
        "binary-file",
        "this is no text file",
        Span(source, offset, offset + 1),
        help="give a workflow file, `NAME.braid.yaml`",
    )


def _forbidden(source: Source) -> list[Diagnostic]:
    text = source.text
    if text.startswith("\ufeff"):
        return [_forbidden_character(source, 0)]
    found = [match.start() for match in islice(_FORBIDDEN.finditer(text), _SHOWN_MAX + 1)]
    if len(found) > 1 and text.count("\0", 0, 8192) > 1:
        return [_binary(source, found[0])]
    problems = [_forbidden_character(source, offset) for offset in found[:_SHOWN_MAX]]
    if len(found) > _SHOWN_MAX:
        rest = sum(1 for _ in _FORBIDDEN.finditer(text, found[-1]))
        first = problems[0]
        problems[0] = Diagnostic(
            first.code,
            first.message,
            first.span,
            help=first.help,
            notes=(f"the file has {rest} more such characters than are shown",),
        )
    return problems


def _forbidden_character(source: Source, offset: int) -> Diagnostic:
    char = source.text[offset]
    point = ord(char)
    if char == "\0":
        what, advice = "a NUL character", "remove it"
    elif char == "\ufeff":
        what, advice = "a second byte order mark", "remove it"
    elif 0xD800 <= point <= 0xDFFF:
        what, advice = f"a lone surrogate (U+{point:04X})", "remove it; it is half of a character"
    else:
        what = f"a control character (U+{point:04X})"
        advice = f'remove it, or write it as an escape in double quotes, `"\\x{point:02x}"`'
        if point > 0xFF:
            what, advice = f"U+{point:04X}, which is no character,", "remove it"
    return Diagnostic(
        "forbidden-character", f"{what} can't stand in a YAML file", Span(source, offset, offset + 1), help=advice
    )
