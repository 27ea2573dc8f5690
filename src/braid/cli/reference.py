"""The generated pages of the reference: `python -m braid.cli.reference [FOLDER]` (`make docs`) writes them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braid.cli.main import COMMANDS, cli
from braid.cli.terminal import out

if TYPE_CHECKING:
    from braid.diagnostics.pages import Page

_INTRODUCTION = """\
# The command line

Made from the commands by `braid.cli.reference`; a test compares.

`braid` without arguments shows the commands a newcomer needs. Every command has `--help` with an example.

**What goes where.** Standard output has what the command was asked for: a run's output, a plan, the problems that
`check` found. Everything else goes to standard error: progress, logs, and why something didn't run. With `--json`
standard output is exactly one JSON document.

**Colour** is used on terminals only, and never when `NO_COLOR` is set and not empty or `TERM` is `dumb`.

**Progress** of a run is a tree that is drawn in place when standard error is a terminal. It shows what runs now; a
block with many items shows counts, its longest running items and its last failures. Elsewhere it is lines that grep
can read, `12:00:01 started gather/weather`, with `started`, `succeeded`, `failed`, `cancelled`, `skipped`, `retrying`
or `progress` as the second word; a block with more than 25 children gets a line every few seconds instead of lines for
each step in it. Times are local. `--quiet` shows nothing but the result or the failure.

**Looking back.** `runs`, `show`, `why`, `timeline` and `forget` read the journal and nothing else: neither the file of
the workflow nor its tasks need to be there any more. RUN is a run's id, a beginning of one that no other run has, or
`last`. Where there are very many steps, blocks are folded to counts; `--all` shows every step.

**A file** that is called `-` is standard input; relative paths in it start at the current folder.

## Exit codes

| code | meaning |
|---|---|
| 0 | success |
| 1 | the workflow failed; for `check`: a file has errors or can't be read; or the journal is damaged or can't be used |
| 2 | wrong usage, or nothing ran because the file or its inputs have errors |
| 130 | interrupted by Ctrl-C or SIGTERM: running steps were cancelled and awaited; a second signal ends at once |

When the reader of standard output goes away (`braid plan FILE | head`), the rest is dropped; the exit code stays what
it would have been.

## JSON

`braid run --json` prints the run, also when it failed or was interrupted:

```json
{"run_id": "20260105-090000-x7k2p", "workflow": "city-brief", "status": "failed", "output": null,
 "error": {"type": "branch", "message": "...", "step": "gather", "address": "gather", "attempts": 1, "cause": {}},
 "started_at": "2026-01-05T09:00:00.000Z", "duration": 1.234,
 "steps": [{"address": "gather/weather/forecast", "id": "forecast", "kind": "http", "status": "succeeded",
            "attempts": 1, "started_at": "2026-01-05T09:00:00.100Z", "duration": 0.05, "error": null}]}
```

`status` is `succeeded`, `failed`, `cancelled` or `interrupted`; of a step also `skipped` or `running` (it was
interrupted). Durations are seconds. Dates in an output are ISO 8601 texts, decimals texts, bytes base64.

When nothing ran, and for `braid check --json`, the document is `{"diagnostics": [...]}` with `code`, `severity`,
`message`, `file`, `line`, `column`, `end_line`, `end_column` and `help` each, and where there are such, `related`
places, `notes` and a `fix` with its `edits`. Lines and columns count characters, the first is 1. Every code has a
page: [Diagnostics](diagnostics.md). Beside the codes of the language there are `invalid-input`, `missing-secret`,
`run-exists`, `run-owned` and `not-resumed`. A journal that can't be used gives such a document, too, with
`journal-full`, `journal-locked`, `journal-corrupt` and so on; when that stopped a run, `help` has the command that
goes on with it. Wrong usage (an unknown option) is told on standard error only.

`braid check --format sarif` prints a SARIF 2.1.0 log with a rule for each code that occurs, for code scanning;
`--format github` prints workflow commands, which GitHub shows beside the lines of a pull request.

`braid plan --json` prints the workflow's `inputs`, `secrets`, `env`, `pools` and its tree in `steps`, `on_failure` and
`finally`. A step has `key`, `id`, `kind`, `line`, what limits it (`max_concurrency`, `retry`, `timeout`, `pool`, `if`
and so on), `effect` (`none`, `reads` or `writes`, for tasks), `waves` (of a graph) and `bodies`, each with `label` and
`steps`. Expressions stand as their text.

`braid runs --json` prints `{"runs": [...], "left_out": N}` with `run_id`, `workflow`, `status`, `started_at`, `events`,
`duration` (null when a process died, as nothing tells when) and `owner` (`host` and `pid`, while it runs) each.
`braid show --json` prints the document of `braid run --json` as far as the run has come, with `inputs` and `owner`; a
step may also be `waiting` (for a pool, its next attempt or its time), and has `kept` or `ran_again` after an edit. With
`--step` it prints that step with `arguments`, `output`, `place` and, in `history`, each attempt and each wait.

`braid why --json` prints `{"run_id", "workflow", "status", "step", "answers": [...]}`. Each answer has a `question`:
`failed` (`error`, the `first` failure, `file`, `line`, `column`, `cancelled`, `never_begun`), `cancelled`, `skipped`,
`not_begun`, `fallback`, `retried`, `kept`, `rerun` (`kept`, `ran_again`: address and reason), `began` (`after` whose
end), `blocked` (`steps`: what each that goes on is `doing`, with `pool`, `limit` and `held_by`; `blocks` whose limit
holds children back) or `slow` (`critical_path`: `step`, `share` of 1, `seconds`, how much of them was waiting).

`braid timeline --json` prints `rows`, in the order of the tree, with `address`, `depth`, `kind`, `status`, `critical`,
`bars` (`what`, `status`, `start` and `end` in seconds from the start of the run) and `folded` (counts of a wide block).

When only a part of a run can be read, these documents have that part, and `damage` says what is wrong; the exit code
is 1. `note` is there when the workflow of the run can't be read: the steps are then what their answers tell.

`braid forget --json` prints `{"forgotten": [ids], "dry_run": false}`.

`braid tasks --json` prints `{"kinds": [...]}` with `kind`, `summary`, `effect`, `shorthand`, `fields`, `result` and
`example` each.

## Inputs

`-i name=value`: the value is JSON if it parses, else text. Where the input's schema says `type: string` it is always
text, so that `-i version=1.10` stays what was typed. `-i name=@file` reads a file (UTF-8) by the same rule,
`-i name=@-` standard input, and `-i name=@@text` is the text `@text`. `--inputs FILE.json` gives many at once; `-i`
wins over it.

## Commands
"""


_DIAGNOSTICS = """\
# Diagnostics

Made from the pages in `src/braid/diagnostics/codes` by `braid.cli.reference`; a test compares. `braid explain CODE`
shows one of them.

Every problem has a code, which stands in brackets where the problem is told: `error[unknown-step]`. Codes are stable:
editors and scripts may rely on them. A warning (`warning[constant-text]`) doesn't keep a file from running.

When a step of a run failed, the type of its failure stands there: `error[timeout]`. Its page begins with "A step
failed". Other types than these are names of Python's exceptions, and what a `fail` step gives as its `type`.

| code | what it means |
|---|---|"""


def command_reference() -> str:
    """The text of `docs/reference/command-line.md`."""
    sections = [_section(name) for name in COMMANDS]
    return "\n".join([_INTRODUCTION, *sections])


def pages() -> Mapping[str, Callable[[], str]]:
    """File name in `docs/reference` → what makes its text."""
    from braid.expressions.reference_page import build_page
    from braid.language.reference import task_reference

    return {
        "command-line.md": command_reference,
        "diagnostics.md": diagnostics_reference,
        "expressions.md": build_page,
        "tasks.md": task_reference,
    }


def diagnostics_reference() -> str:
    """The text of `docs/reference/diagnostics.md`: all pages of codes."""
    from braid.diagnostics.pages import codes, read_page

    found = [read_page(code) for code in codes()]
    rows = [f"| [{page.code}](#{page.code}) | {page.summary.replace('|', chr(92) + '|')} |" for page in found]
    return "\n".join([_DIAGNOSTICS, *rows, "", *(_diagnostic_section(page) for page in found)])


def _diagnostic_section(page: Page) -> str:
    from braid.diagnostics.pages import Paragraph

    blocks = [f"## {page.code}", page.summary]
    for part in page.parts:
        if isinstance(part, Paragraph):
            blocks.append(part.text)
            continue
        heading = {"wrong": "Wrong:", "right": "Right:"}.get(part.role or "", f"`{part.file}`:" if part.file else "")
        blocks += [heading] if heading else []
        blocks.append(f"```{part.language}\n{part.text}```")
    return "\n\n".join(blocks) + "\n"


def _section(name: str) -> str:
    context = click.Context(cli, info_name="braid")
    command = cli.get_command(context, name)
    assert command is not None
    own = click.Context(command, info_name=name, parent=context)
    lines = [
        f"### braid {name}",
        "",
        "```",
        *_usage(command, own),
        "```",
        "",
        _prose(inspect.cleandoc(command.help or "")),
        "",
    ]
    options = list(_options(command, own))
    if options:
        lines += ["| option | meaning |", "|---|---|", *options, ""]
    lines += ["```", (command.epilog or "").removeprefix("Example: "), "```", ""]
    return "\n".join(lines)


def _usage(command: click.Command, context: click.Context) -> Iterator[str]:
    yield " ".join(["braid", context.info_name or "", *command.collect_usage_pieces(context)])


def _prose(text: str) -> str:
    """Click's help text as Markdown: a paragraph after `\\b` keeps its line breaks."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        verbatim = paragraph.startswith("\b\n")
        paragraphs.append(f"```\n{paragraph[2:]}\n```" if verbatim else paragraph)
    return "\n\n".join(paragraphs).strip()


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record:
            yield f"| `{record[0]}` | {record[1].replace('|', chr(92) + '|')} |"


def main(folder: str = "docs/reference") -> None:
    """Write all pages into a folder, which must exist."""
    for name, build in pages().items():
        Path(folder, name).write_text(build(), encoding="utf-8")
        out(f"{folder}/{name}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
