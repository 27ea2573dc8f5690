"""What may stand where an argument is being typed: files, runs, kinds, codes. Imported only when a shell asks.

A key press waits for this, so it imports little, reads little, and gives nothing rather than an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

SUFFIX: Final = ".braid.yaml"
ENTRIES_MAX: Final = 2_000
"""Files and folders looked at for one key press."""
DEPTH_MAX: Final = 2
RUNS_MAX: Final = 50

Complete = Callable[[click.Context, str], Iterable[CompletionItem]]


def attach(command: click.Command) -> None:
    """Give the arguments and options of a command what completes them, by what its help calls them."""
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            name = (parameter.metavar or parameter.name or "").upper().strip("[].")
        else:
            name = parameter.opts[0]
        if name in _BY_NAME:
            # Not where they are declared: each command would import this only to hand it over.
            setattr(parameter, "shell_complete", _safe(_BY_NAME[name]))  # noqa: B010 - mypy sees a method assigned to


def _safe(complete: Complete) -> Callable[[click.Context, str], list[CompletionItem]]:
    def completed(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        try:
            return list(complete(ctx, incomplete))
        except Exception:  # whatever is wrong, the command itself tells it; here it would break the line being typed
            return []

    return completed


def _files(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    """Workflow files in the folder being typed and a little below; else what the shell itself finds."""
    given = {each for value in ctx.params.values() if isinstance(value, tuple) for each in value}
    found = [name for name in _workflows(incomplete) if name not in given]
    yield from map(CompletionItem, found)
    if not found:
        yield CompletionItem(incomplete, type="file")


def _workflows(incomplete: str) -> Iterator[str]:
    folder, beginning = os.path.split(incomplete)
    left = ENTRIES_MAX
    level = [folder]
    for depth in range(DEPTH_MAX + 1):
        below = []
        for inside in level:
            with os.scandir(inside or os.curdir) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    left -= 1
                    hidden = entry.name.startswith(".") and not beginning.startswith(".")
                    if left < 0 or hidden or (depth == 0 and not entry.name.startswith(beginning)):
                        continue
                    path = os.path.join(inside, entry.name)
                    if entry.name.endswith(SUFFIX):
                        yield path
                    elif entry.is_dir(follow_symlinks=False):
                        below.append(path)
        level = below


def _runs(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    from braid.journal.recent_runs import recent_runs
    from braid.journal.state_folder import nearest_state_folder

    if "last".startswith(incomplete):
        yield CompletionItem("last", help="the latest run")
    folder = nearest_state_folder(Path.cwd(), ctx.params.get("state"), os.environ)
    if folder is not None:
        yield from map(CompletionItem, recent_runs(folder, incomplete, RUNS_MAX))


def _kinds(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    from braid.language.installed import all_points

    return (CompletionItem(name) for name in sorted(all_points()) if name.startswith(incomplete))


def _codes(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    from braid.diagnostics.pages import codes

    return (CompletionItem(code) for code in codes() if code.startswith(incomplete))


def _inputs(ctx: click.Context, incomplete: str) -> Iterator[CompletionItem]:
    """The names of a workflow's inputs; what comes after `=` is the person's own."""
    from braid.language.document import MappingNode, read_document_file

    # As long as `-i` has no value, Click can't read the line, and leaves all of it unread.
    file = ctx.params.get("file") or next(word for word in ctx.args if word.endswith(SUFFIX))
    root = read_document_file(file).root
    inputs = root.get("inputs") if isinstance(root, MappingNode) else None
    if isinstance(inputs, MappingNode):
        for name, schema in inputs.to_value().items():
            if f"{name}=".startswith(incomplete):
                yield CompletionItem(f"{name}=", help=schema.get("description") or schema.get("type"))


_BY_NAME: Final[dict[str, Complete]] = {"FILE": _files, "RUN": _runs, "KIND": _kinds, "CODE": _codes, "-i": _inputs}
