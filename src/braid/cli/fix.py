"""`braid check --fix`: applies the fixes that are safe without asking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import msgspec

from braid.cli import exit_codes
from braid.cli.files import STDIN_NAME
from braid.cli.rewriting import replace_file, show_difference
from braid.cli.terminal import err
from braid.diagnostics import Diagnostic, DiagnosticsError
from braid.diagnostics.fix import applied
from braid.language.document import read_document
from braid.language.load import load
from braid.language.reader import read_workflow
from braid.report.text import counted, one_line

ROUNDS_MAX = 200
"""A fix may bring to light what it hid; a file is looked at again so often."""

_MARK = "\ufeff"


class Repair(msgspec.Struct, frozen=True):
    """What became of one file.

    Attributes:
        before, after: Its bytes.
        done: The problems whose fixes are in `after`, in the order in which they were mended.
        left: What is wrong with `after`, and with the files that it calls.
    """

    name: str
    before: bytes
    after: bytes
    done: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return self.after != self.before

    def report(self) -> list[str]:
        """A line for each thing that was done, each thing once."""
        titles = {(each.span.line if each.span else 1, each.fix.title) for each in self.done if each.fix is not None}
        return [f"{one_line(self.name)}:{line}: {one_line(title)}" for line, title in sorted(titles)]


def mend(paths: Sequence[str], format_: str, *, strict: bool, diff: bool) -> int:
    """Mend the files and show what was done and what is left; the exit code.

    Args:
        diff: Show what would change instead of writing it.
    """
    from braid.cli.check import problems, show

    left: dict[str, Sequence[Diagnostic]] = {}
    done: list[str] = []
    changed = 0
    for path in paths:
        try:
            repair = repaired(path)
        except DiagnosticsError as error:
            left[path] = error.diagnostics
            continue
        left[path] = repair.left
        done += repair.report()
        changed += repair.changed
        _give(path, repair, diff)
    for line in done:
        err(line)
    if done:
        err(f"{'would mend' if diff else 'mended'} {counted(len(done), 'problem')} in {counted(changed, 'file')}")
    if changed and not diff:
        # What one file called when it was looked at may have been mended after it.
        left.update({path: problems(path) for path in paths if path != "-"})
    found = list(dict.fromkeys(each for path in paths for each in left[path]))
    code = show(found, paths, format_, strict=strict, to_err=diff or "-" in paths)
    return exit_codes.FAILED if diff and changed else code


def _give(path: str, repair: Repair, diff: bool) -> None:
    if diff:
        if repair.changed:
            show_difference(repair.name, repair.before, repair.after)
    elif path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(repair.after)
        sys.stdout.buffer.flush()
    elif repair.changed:
        if Path(path).read_bytes() != repair.before:
            raise click.ClickException(f"`{path}` was changed by somebody else meanwhile; it is left as it is")
        replace_file(Path(path), repair.after)


class _Look(msgspec.Struct, frozen=True):
    """One reading of a text: how far it came, and what it found in this very text, not in those that it calls."""

    stage: int
    """0: it isn't YAML. 1: its steps can't be made out. 2: all was checked."""
    own: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        return sum(each.severity == "error" for each in self.own)

    def is_better_than(self, other: _Look) -> bool:
        """Whether a fix led here from `other` without doing harm.

        A reading that comes further may find what the one before couldn't see; one that comes as far finds less.
        """
        if self.stage != other.stage:
            return self.stage > other.stage
        if self.errors != other.errors:
            return self.errors < other.errors
        if self.stage == 0:
            # Of errors of syntax only the first is seen: the next one stands further down.
            return _first(self.own) > _first(other.own)
        return len(self.own) < len(other.own)


def repaired(file: str) -> Repair:
    """Mend a file, `-` for standard input; nothing is written.

    Raises:
        DiagnosticsError: It can't be read at all.
    """
    name = STDIN_NAME if file == "-" else file
    data = sys.stdin.buffer.read() if file == "-" else _read(Path(file))
    folder = Path.cwd() if file == "-" else Path(file).absolute().parent
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise DiagnosticsError(load(data, folder=folder, name=name).diagnostics) from None
    mark = _MARK if text.startswith(_MARK) else ""
    after, done, _ = _mended(text.removeprefix(mark), lambda each: _looked(each, folder, name))
    left = load(after.encode("utf-8"), folder=folder, name=name, lints=True).diagnostics
    return Repair(name, data, (mark + after).encode("utf-8"), tuple(done), tuple(left))


def _read(file: Path) -> bytes:
    from braid.language.document import read_document_file

    try:
        return file.read_bytes()
    except (OSError, ValueError):
        read_document_file(file)  # says what is wrong, in the words of the checker
        raise


_Mended = tuple[str, list[Diagnostic], _Look]


def _mended(text: str, look: Callable[[str], _Look]) -> _Mended:
    """First with all fixes, one upon the other; if that does harm, with those that do none."""
    start = look(text)
    whole = _all_mended(text, start, look)
    if whole[2].is_better_than(start):
        return whole
    now, done = start, []
    for _ in range(ROUNDS_MAX):
        tries = (_with_fixes(text, [each], look) for each in now.own if each.fix is not None)
        step = next((each for each in tries if each[2].is_better_than(now)), None)
        if step is None:
            break
        text, mended, now = step
        done += mended
    return text, done, now


def _all_mended(text: str, now: _Look, look: Callable[[str], _Look]) -> _Mended:
    # Not judged round by round: a misspelt `foreach` hides all that is wrong inside of it.
    done: list[Diagnostic] = []
    seen = {text}
    for _ in range(ROUNDS_MAX):
        after, mended, then = _with_fixes(text, [each for each in now.own if each.fix is not None], look)
        if after in seen:
            break
        seen.add(after)
        text, now = after, then
        done += mended
    return text, done, now


def _with_fixes(text: str, wanted: Sequence[Diagnostic], look: Callable[[str], _Look]) -> _Mended:
    after, fixes = applied(text, [each.fix for each in wanted if each.fix is not None])
    return after, [each for each in wanted if each.fix in fixes], look(after)


def _looked(text: str, folder: Path, name: str) -> _Look:
    data = text.encode("utf-8")
    found = load(data, folder=folder, name=name).diagnostics
    own = tuple(each for each in found if each.span is not None and each.span.source.text == text)
    try:
        workflow, _ = read_workflow(read_document(data, name))
    except DiagnosticsError:
        return _Look(0, own)
    return _Look(1 if workflow is None else 2, own)


def _first(found: Iterable[Diagnostic]) -> int:
    return min((each.span.start for each in found if each.span is not None), default=-1)
