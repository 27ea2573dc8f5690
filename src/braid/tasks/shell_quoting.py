"""Data in a shell script: each interpolation becomes a reference to an environment variable, quoted where it stands.

The data itself never enters the script, so that it can't be code, whatever it is; quoting only decides whether it
stays one word. The grammar is that of POSIX.1-2017, volume 3, section 2 (quoting, here-documents, substitutions).
What can't be right is refused: a here-document with a quoted delimiter (it would show the reference), arithmetic
(bash evaluates what a variable holds there) and a program inside the script (`sh -c '…'`, `awk '…'`).
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from braid.expressions.errors import EvaluationError
from braid.expressions.values import to_text
from braid.language.task_kind import Part, Value

VARIABLE_BYTES_MAX: Final = 128 * 1024 - 64
"""Linux takes 128 KiB for one environment variable (MAX_ARG_STRLEN in execve(2)), its name included."""

_HOLE: Final = "\0"
"""Stands for an interpolation; a script can't hold a NUL otherwise."""


def join_script(parts: Sequence[Part]) -> dict[str, Value]:
    """`{script, variables}` of a script's texts and interpolations, in order.

    Raises:
        EvaluationError: An interpolation stands where it can't be data, or its value can't be a variable.
    """
    texts: list[str] = []
    variables: dict[str, str] = {}
    for part in parts:
        if isinstance(part, str):
            texts.append(_without_nul(part))
        elif part.raw:
            texts.append(_without_nul(to_text(part.value)))
        else:
            texts.append(_HOLE)
            variables[f"BRAID_{len(variables) + 1}"] = _variable(to_text(part.value))
    script = "".join(texts)
    return {"script": quoted_script(script) if variables else script, "variables": variables}


def _without_nul(text: str) -> str:
    if _HOLE in text:
        raise EvaluationError("a shell script can't hold a NUL character", help="pass bytes by `stdin`, or encode them")
    return text


def _variable(text: str) -> str:
    if len(_without_nul(text).encode("utf-8", "surrogatepass")) > VARIABLE_BYTES_MAX:
        raise EvaluationError(
            f"a value of more than {VARIABLE_BYTES_MAX // 1024} KiB can't reach a shell script this way",
            "limit",
            help="pass it by `stdin`, or by a file",
        )
    return text


@functools.lru_cache(maxsize=256)
def quoted_script(template: str) -> str:
    """The script in which the N-th NUL of the template became a reference to `BRAID_N`, quoted by position."""
    return _Scanner(template).scan()


class _State(enum.Enum):
    """What encloses a place in a script."""

    COMMANDS = enum.auto()
    SUBSTITUTION = enum.auto()
    BACKTICK = enum.auto()
    BRACES = enum.auto()
    DOUBLE = enum.auto()
    SINGLE = enum.auto()
    COMMENT = enum.auto()
    ARITHMETIC = enum.auto()
    HEREDOC = enum.auto()


class _Frame(msgspec.Struct):
    """One level of nesting. `start`: where it begins; `depth`: brackets open inside it."""

    state: _State
    start: int
    depth: int = 0


class _Heredoc(msgspec.Struct, frozen=True):
    delimiter: str
    quoted: bool
    strip_tabs: bool


_BEFORE_COMMENT: Final = frozenset(" \t\n;&|()`")
_SEPARATORS: Final = frozenset("\n;&|()")
_HEREDOC_START: Final = re.compile(r"""<<(?P<dash>-?)[ \t]*(?P<word>(?:\\.|'[^']*'|"[^"]*"|[^\s;&|<>()\\'"])+)""")
_TAKES_DATA: Final = re.compile(r"\$\{[A-Za-z_]\w*(?::?[-=?+]|%%?|\#\#?)")
"""The expansions after whose operator a text stands; others take numbers, which bash evaluates."""
_OPEN_WORD: Final = r"""(?:--\s+)?(?:'[^']*|"[^"]*|[^\s'"]*)$"""
_PROGRAM: Final = re.compile(
    rf"""(?:^|[\s/])(?:
        (?:ba|da|z|k|a)?sh(?:\s+-\S+)*\s+-[a-z]*c\s+{_OPEN_WORD}
      | su(?:\s+\S+)*\s+-c\s+{_OPEN_WORD}
      | (?:python[\d.]*|perl|ruby|node|php)(?:\s+-\S+)*\s+-[a-zA-Z]*[ceEpr]\s+{_OPEN_WORD}
      | (?:[gm]?awk|sed)(?:\s+(?>-[vFf]\s+\S+|-\S+))*+\s+(?:'[^']*|"[^"]*|[^\s'"-][^\s'"]*|)$
      | (?:eval|trap|let|declare|typeset)\s
      | \[\[\s(?!.*\s\]\])
    )""",
    re.VERBOSE | re.DOTALL,
)
"""A command so far, in which what comes next is code of a shell or another language."""


class _Scanner:
    """Follows a script as far as is needed to know how each hole in it is quoted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._written: list[str] = []
        self._holes = 0
        self._frames = [_Frame(_State.COMMANDS, 0)]
        self._pending: list[_Heredoc] = []
        self._heredocs: list[_Heredoc] = []
        self._command = 0
        """Where the current command begins in the text."""

    def scan(self) -> str:
        while self._at < len(self._text):
            if self._text[self._at] == _HOLE:
                self._fill()
            else:
                self._step(self._frames[-1])
        return "".join(self._written)

    def _step(self, frame: _Frame) -> None:
        match frame.state:
            case _State.COMMANDS | _State.SUBSTITUTION | _State.BACKTICK:
                self._in_commands(frame)
            case _State.DOUBLE:
                self._in_double()
            case _State.SINGLE:
                self._close_at("'")
            case _State.BRACES:
                self._in_braces()
            case _State.ARITHMETIC:
                self._brackets(frame)
                self._take(1)
            case _State.COMMENT:
                if self._text[self._at] == "\n":
                    self._frames.pop()
                else:
                    self._take(1)
            case _State.HEREDOC:
                self._in_heredoc()

    def _in_commands(self, frame: _Frame) -> None:
        character = self._text[self._at]
        if self._expansion():
            return
        heredoc = _HEREDOC_START.match(self._text, self._at) if character == "<" else None
        if heredoc:
            self._announce(heredoc)
        elif self._text.startswith("<<<", self._at):
            self._take(3)
        elif self._text.startswith("((", self._at):
            self._push(_State.ARITHMETIC, 2, depth=2)
        elif character == "'":
            self._push(_State.SINGLE, 1)
        elif character == '"':
            self._push(_State.DOUBLE, 1)
        elif character == "#" and (self._at == 0 or self._text[self._at - 1] in _BEFORE_COMMENT):
            self._push(_State.COMMENT, 1)
        else:
            if frame.state is _State.SUBSTITUTION:
                self._brackets(frame)
            self._take(1)
            if character in _SEPARATORS:
                self._command = self._at
            if character == "\n":
                self._open_heredoc()

    def _in_double(self) -> None:
        if not self._expansion():
            self._close_at('"')

    def _in_braces(self) -> None:
        character = self._text[self._at]
        if self._expansion():
            return
        if character == '"':
            self._push(_State.DOUBLE, 1)
        elif character == "'" and not self._inside_double():
            self._push(_State.SINGLE, 1)
        else:
            self._close_at("}")

    def _in_heredoc(self) -> None:
        heredoc = self._heredocs[-1]
        if self._at == 0 or self._text[self._at - 1] == "\n":
            end = self._text.find("\n", self._at)
            line = self._text[self._at : end if end >= 0 else len(self._text)]
            if (line.lstrip("\t") if heredoc.strip_tabs else line) == heredoc.delimiter:
                self._take(len(line))
                self._heredocs.pop()
                self._frames.pop()
                if self._pending and end >= 0:
                    self._take(1)
                    self._open_heredoc()
                return
        if heredoc.quoted or not self._expansion():
            self._take(1)

    def _expansion(self) -> bool:
        """Read an escape or the start of a substitution, if one is here."""
        text, at = self._text, self._at
        if text[at] == "\\":
            if text.startswith(_HOLE, at + 1):
                raise _refused("can't stand after a backslash", "remove the backslash; the value is quoted anyway")
            self._take(2)
        elif text[at] == "`":
            if self._frames[-1].state is _State.BACKTICK:
                self._take(1)
                self._frames.pop()
            else:
                self._push(_State.BACKTICK, 1)
        elif text[at] != "$":
            return False
        elif text.startswith(_HOLE, at + 1):
            raise _refused(
                "can't stand after a dollar sign", "write `{{ … }}` without the `$`; for the sign, `\\$` and `''`"
            )
        elif text.startswith("$((", at):
            self._push(_State.ARITHMETIC, 3, depth=2)
        elif text.startswith("$(", at):
            self._push(_State.SUBSTITUTION, 2, depth=1)
        elif text.startswith("${", at):
            self._push(_State.BRACES, 2)
        elif text.startswith("$'", at) and not self._inside_double():
            raise _refused("can't stand in a script with `$'…'`, which each shell reads differently", "use `printf`")
        else:
            self._take(1)
        return True

    def _fill(self) -> None:
        """Put a reference in the place of a hole."""
        frame = self._frames[-1]
        self._check_place(frame)
        self._holes += 1
        reference = f"${{BRAID_{self._holes}}}"
        match frame.state:
            case _State.SINGLE:
                reference = f"'\"{reference}\"'"
            case _State.DOUBLE | _State.HEREDOC | _State.COMMENT:
                pass
            case _State.BRACES if self._inside_double():
                pass
            case _:
                reference = f'"{reference}"'
        self._written.append(reference)
        self._at += 1

    def _check_place(self, frame: _Frame) -> None:
        before = self._text[frame.start : self._at]
        if frame.state is _State.HEREDOC and self._heredocs[-1].quoted:
            delimiter = self._heredocs[-1].delimiter
            raise _refused(
                f"can't stand in a here-document whose delimiter is quoted: `<<'{delimiter}'`",
                f"write `<<{delimiter}`, and `\\$` where a dollar sign is meant",
            )
        if any(outer.state is _State.ARITHMETIC for outer in self._frames):
            raise _refused(
                "can't stand in `(( ))`, where the shell would evaluate the value",
                "calculate inside `{{ … }}`; for nested subshells write `( (`",
            )
        if frame.state is _State.BRACES and not _TAKES_DATA.match(before):
            raise _refused("can only stand in `${NAME:-…}` and the like", "use the value itself, `{{ … }}`")
        if frame.state is not _State.COMMENT and _PROGRAM.search(self._text[self._command : self._at]):
            raise _refused(
                "would become code of the program that this command runs",
                "pass it as an argument, such as `sh -c 'echo \"$1\"' _ {{ … }}`, or by `env`; `| raw` if it is code",
            )

    def _announce(self, heredoc: re.Match[str]) -> None:
        word = heredoc["word"]
        if _HOLE in word:
            raise _refused("can't be the delimiter of a here-document", "write a word such as `EOF`")
        plain = re.sub(r"""\\(.)|['"]""", lambda found: found[1] or "", word)
        self._pending.append(_Heredoc(plain, plain != word, bool(heredoc["dash"])))
        self._take(len(heredoc[0]))

    def _open_heredoc(self) -> None:
        if self._pending:
            self._heredocs.append(self._pending.pop(0))
            self._frames.append(_Frame(_State.HEREDOC, self._at))

    def _brackets(self, frame: _Frame) -> None:
        frame.depth += {"(": 1, ")": -1}.get(self._text[self._at], 0)
        if frame.depth == 0:
            self._frames.pop()

    def _close_at(self, end: str) -> None:
        if self._text[self._at] == end:
            self._frames.pop()
        self._take(1)

    def _push(self, state: _State, size: int, depth: int = 0) -> None:
        self._frames.append(_Frame(state, self._at, depth))
        self._take(size)
        if state in (_State.SUBSTITUTION, _State.BACKTICK):
            self._command = self._at

    def _take(self, size: int) -> None:
        self._written.append(self._text[self._at : self._at + size])
        self._at += size

    def _inside_double(self) -> bool:
        """Whether the innermost command stands in double quotes here."""
        for frame in reversed(self._frames):
            if frame.state in (_State.DOUBLE, _State.HEREDOC):
                return True
            if frame.state in (_State.COMMANDS, _State.SUBSTITUTION, _State.BACKTICK):
                return False
        return False


def _refused(why: str, help: str) -> EvaluationError:
    return EvaluationError(f"`{{{{ … }}}}` {why}", "security", help=help)
