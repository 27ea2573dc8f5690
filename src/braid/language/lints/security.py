"""Data that becomes code, and secrets that show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from braid.diagnostics import Diagnostic
from braid.language import plan
from braid.language.document import ScalarNode, SequenceNode
from braid.language.field_rules import is_interpolated
from braid.language.lints.subject import Subject, acts, arguments_of
from braid.language.values import Compiled, Joined, Use

_AT_START = re.compile(r"\s*\{\{[-+]?\s*")
_CODE_OPTIONS = {
    re.compile(r"(?:ba|da|k|z|a)?sh|python[\d.]*"): re.compile(r"-[a-zA-Z]*c"),
    re.compile(r"perl|ruby|node"): re.compile(r"-[a-zA-Z]*e"),
}
"""Interpreter → the option before code."""


def secrets_in_urls(subject: Subject) -> Iterator[Diagnostic]:
    """`secret-in-url`: servers and proxies write URLs into their logs."""
    for node in filter(acts, subject.tasks()):
        arguments = arguments_of(node)
        url = arguments.get("url")
        if url is None:
            continue
        for field in (url, arguments.get("params")):
            for use in _secrets(field, subject):
                # A URL that is a secret as a whole, as web hooks have it, can't be had in another way.
                if field is url and _AT_START.fullmatch(use.node.text, 0, use.reference.start):
                    continue
                yield Diagnostic(
                    "secret-in-url",
                    f"`{use.text}` becomes a part of the URL",
                    use.span,
                    label="servers and proxies keep URLs in their logs",
                    help="send it in a header: `auth: {bearer: …}`, or under `headers`",
                    severity="warning",
                )


def secrets_in_arguments(subject: Subject) -> Iterator[Diagnostic]:
    """`secret-in-args`: everyone on the machine can list the arguments of a process; such a step fails."""
    for node in filter(acts, subject.tasks()):
        for use in _secrets(arguments_of(node).get("args"), subject):
            yield Diagnostic(
                "secret-in-args",
                f"`{use.text}` would show in the process listing",
                use.span,
                label="the step fails when it comes to this",
                help="hand it over by `env` or `stdin`",
                severity="warning",
            )


def _secrets(value: Compiled | None, subject: Subject) -> Iterator[Use]:
    hidden = {
        name
        for name, variable in subject.whole.variables.items()
        if any(use.reference.name == "secrets" for use in getattr(variable, "uses", ()))
    }
    for use in value.uses if value is not None else ():
        name, path = use.reference.name, use.reference.path
        if name == "secrets" or (name == "vars" and path and path[0] in hidden):
            yield use


def raw_interpolations(subject: Subject) -> Iterator[Diagnostic]:
    """`raw-interpolation`: `| raw` puts data into a script or a URL as it stands."""
    for node in filter(acts, subject.tasks()):
        for name, value in arguments_of(node).items():
            if not isinstance(value, Joined):
                continue
            raw = [place[1] for place in value.text.places() if not isinstance(place, str) and place[0]]
            for start, end in raw:
                text = value.node.text
                if all(_is_written_here(use, subject) for use in value.uses if start <= use.reference.start < end):
                    continue
                is_url = name == "url"
                if is_url and _AT_START.fullmatch(text, 0, start):
                    continue
                yield Diagnostic(
                    "raw-interpolation",
                    f"`| raw` puts data into {'a URL' if is_url else 'a script'} as it stands",
                    value.node.locate(start, end),
                    label="can change where the request goes" if is_url else "can become a command",
                    help="leave `| raw` away: the value is "
                    + ("percent-encoded then" if is_url else "quoted as one word then"),
                    severity="warning",
                )


def _is_written_here(use: Use, subject: Subject) -> bool:
    """Whether the value is a constant of the file: no data, but the author's own text."""
    name, path = use.reference.name, use.reference.path
    if name != "vars" or not path:
        return False
    variable = subject.whole.variables.get(str(path[0]))
    return variable is not None and variable.constant


def scripts_in_arguments(subject: Subject) -> Iterator[Diagnostic]:
    """`unquoted-script`: `args: [sh, -c, "… {{ x }}"]`, where nothing is quoted."""
    for node in filter(acts, subject.tasks()):
        script = _script(subject, node)
        if script is None:
            continue
        start = script.text.index("{{")
        end = script.text.find("}}", start)
        yield Diagnostic(
            "unquoted-script",
            "data becomes a part of this script without quotes",
            script.locate(start, end + 2 if end >= 0 else start + 2),
            label="can become a command",
            help="write the script under `run`, where each `{{ … }}` is quoted, or hand the data over by `env`",
            severity="warning",
        )


def _script(subject: Subject, node: plan.Node) -> ScalarNode | None:
    """What stands after `-c` of an interpreter among the arguments of a step, when there is data in it."""
    words = subject.written(node, node.kind, "args")
    items = words.items if isinstance(words, SequenceNode) else []
    texts = [item.text if isinstance(item, ScalarNode) else "" for item in items]
    program = PurePath(texts[0]).name if texts else ""
    before = next((option for name, option in _CODE_OPTIONS.items() if name.fullmatch(program)), None)
    for option, item in zip(texts[1:], items[2:], strict=False):
        if before is not None and before.fullmatch(option):
            return item if is_interpolated(item) else None
    return None
