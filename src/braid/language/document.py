"""A YAML file as values with the places where they stand."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import msgspec

from braid.diagnostics import FILE_BYTES_MAX, Diagnostic, DiagnosticsError, Source, Span, nearest
from braid.language.composer import Composer, TooManyProblemsError, YamlError
from braid.language.document_bytes import read_text
from braid.language.document_nodes import Entry, MappingNode, Node, ScalarNode, SequenceNode, Style

__all__ = [
    "Document",
    "Entry",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "Style",
    "read_document",
    "read_document_file",
]

# Each costs one more reading of the file; a file with more of them shows the first ones.
_REPAIRS_MAX = 10


class Document(msgspec.Struct, frozen=True):
    """One YAML file: its text and the value it holds."""

    source: Source
    root: Node


def read_document(text: str | bytes, name: str) -> Document:
    """Read one YAML document, by the 1.2 core schema and without tags.

    Merge keys and aliases are expanded: a node that several aliases stand for is shared. The bounds
    are those of `braid.diagnostics.LIMITS`.

    Args:
        text: Bytes are UTF-8; a byte order mark at the start is left out.
        name: How diagnostics name the file.

    Raises:
        DiagnosticsError: Everything that is wrong with the file, as far as it could be read.
    """
    source = read_text(text, name)
    root, problems = _compose(source)
    if root is not None and _is_empty(root):
        problems.append(_empty(source))
    if problems or root is None:
        raise DiagnosticsError(problems or [_empty(source)])
    return Document(source, root)


def read_document_file(path: str | os.PathLike[str], name: str | None = None) -> Document:
    """Read one file; see `read_document`. Diagnostics call it `name`, or as `path` is written.

    Raises:
        DiagnosticsError: Also when there is no such file or it can't be read.
    """
    file = Path(path)
    try:
        # Opening a pipe or a device could wait forever, or never end.
        if not stat.S_ISREG(os.stat(file).st_mode):
            kind = "a folder" if file.is_dir() else "no regular file"
            raise DiagnosticsError([_unreadable("not-a-file", f"`{file}` is {kind}")])
        with file.open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise DiagnosticsError([_missing(file)]) from None
    except (OSError, ValueError) as error:
        raise DiagnosticsError([_no_access(file, error)]) from None
    return read_document(data, name or str(file))


def _compose(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """Read; on an error of syntax that can be stepped over, read again for what comes after it."""
    text = source.text
    repaired: list[Diagnostic] = []
    while True:
        composer = Composer(source, text)
        try:
            composer.read()
        except TooManyProblemsError:
            pass
        except YamlError as error:
            from braid.language.document_syntax import explain  # 2 ms

            problem = explain(error, source)
            repaired.append(problem)
            if problem.code == "unquoted-expression" and problem.span and len(repaired) < _REPAIRS_MAX:
                # The same number of plain characters: every offset stays what it is.
                start, end = problem.span.start, problem.span.end
                masked = text[:start] + "x" * (end - start) + text[end:]
                if masked != text:
                    text = masked
                    continue
        found = {(problem.code, problem.span): problem for problem in (*repaired, *composer.problems)}
        return composer.root, list(found.values())


def _is_empty(root: Node) -> bool:
    return isinstance(root, ScalarNode) and root.style == "plain" and not root.text


def _empty(source: Source) -> Diagnostic:
    return Diagnostic(
        "empty-file",
        "the file has no workflow in it",
        Span(source, 0, 0),
        help="`braid new` writes one to start from",
    )


def _unreadable(code: str, message: str, help_: str = "") -> Diagnostic:
    return Diagnostic(code, message, None, help=help_)


def _missing(file: Path) -> Diagnostic:
    try:
        guess = nearest(file.name, sorted(os.listdir(file.parent)))
    except OSError:
        return _unreadable("no-such-file", f"there is no file `{file}`", f"nor a folder `{file.parent}`")
    return _unreadable(
        "no-such-file", f"there is no file `{file}`", f"did you mean `{file.with_name(guess)}`?" if guess else ""
    )


def _no_access(file: Path, error: OSError | ValueError) -> Diagnostic:
    if isinstance(error, PermissionError):
        return _unreadable("permission-denied", f"you may not read `{file}`")
    number = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(number) if number else "the name can't be that of a file"
    if number == errno.ENOTDIR:
        return _missing(file)
    return _unreadable("unreadable-file", f"`{file}` can't be read: {reason}")
