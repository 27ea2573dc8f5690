"""`braid`: finds the command and turns what a person did wrong into a message and an exit code.

Process start is part of the product: this module imports click and little else, and a command's module (with all
that it needs) is imported when that command runs. `braid --help` takes the texts from `COMMANDS`.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from braid.cli import collector, exit_codes
from braid.cli.terminal import drop, open_missing

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMPLETE = "_BRAID_COMPLETE"
"""In the environment, a shell asks what could be typed next (Click's protocol)."""

COMMANDS = {
    "new": "Write a small, commented workflow that runs.",
    "check": "Show everything that is wrong with workflow files.",
    "fmt": "Lay out workflow files as is usual.",
    "explain": "Say what a problem means, and what to write instead.",
    "plan": "Show what a workflow would run.",
    "run": "Run a workflow to the end.",
    "resume": "Go on with a run that was interrupted, or whose process died.",
    "cancel": "Cancel a run.",
    "runs": "Show the runs that the journal knows, the latest first.",
    "show": "Show a run: each step with its status, attempts, time and error.",
    "why": "Say why a run failed, is blocked, was slow, or ran steps again.",
    "timeline": "Show when each step of a run waited and executed.",
    "forget": "Delete runs from the journal, with all that they hold.",
    "prove": "Kill a workflow at every write to its journal and resume it.",
    "schema": "Print the JSON Schema of the workflow file, for editors.",
    "tasks": "Show the installed task kinds, or one with its fields.",
    "completion": "Print the script that makes a shell complete commands, options, workflow files, runs and kinds.",
}
"""Command → its line in the list. The command is the function of that name in `braid.cli.<name>`."""

NEWCOMER = """\
braid runs workflows: readable files of steps, in order or at the same time.

  braid new            write a small workflow that runs: hello.braid.yaml
  braid check FILE     show everything that is wrong with it
  braid plan FILE      show what would run
  braid run FILE       run it
  braid tasks          show what a step can do

`braid COMMAND --help` tells more, `braid --help` lists every command.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"braid.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        if _COMPLETE in os.environ:
            from braid.cli.completers import attach

            attach(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        # Click would import every command to ask it for its line.
        found = [CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in COMMANDS and not ctx.resilient_parsing:
            raise click.UsageError(_unknown_command(name), ctx)
        return super().resolve_command(ctx, args)


def _unknown_command(name: str) -> str:
    if name.endswith((".yaml", ".yml")):
        return f"`{name}` is no command; to run the file: braid run {name}"
    from braid.diagnostics import nearest

    near = nearest(name, COMMANDS)
    return f"there is no command `{name}`" + (f"; did you mean `{near}`?" if near else "")


def _print_version(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"braid {version('braidflow')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: braid new && braid run hello.braid.yaml",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show it.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Braid runs workflows: readable files of steps, in order or at the same time."""
    if ctx.invoked_subcommand is None:
        click.echo(NEWCOMER, nl=False)


def main(arguments: list[str] | None = None) -> NoReturn:
    """The command's entry point; ends the process with the exit code."""
    collector.put_off()
    open_missing()
    try:
        code = cli.main(arguments, prog_name="braid", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = exit_codes.INTERRUPTED
    except BrokenPipeError:
        # Who read our output has seen enough (`braid plan … | head`): no mistake of anybody.
        code = exit_codes.SUCCESS
    except Exception as error:
        code = _journal_problem(error, as_json="--json" in (sys.argv[1:] if arguments is None else arguments))
    leave(code)


def _journal_problem(error: Exception, *, as_json: bool) -> int:
    """Tell of a journal that can't do what a command asked of it; any other exception is a bug and goes on."""
    if "braid.journal.errors" in sys.modules:
        from braid.journal.errors import JournalError

        if isinstance(error, JournalError):
            way_on = f"braid resume {error.stopped}" if error.stopped else ""
            if as_json:
                from braid.cli.files import show_problems
                from braid.diagnostics import Diagnostic

                way_out = f"to go on with the run: {way_on}" if way_on else ""
                show_problems([Diagnostic(_journal_code(error), str(error), None, help=way_out)], as_json=True)
            else:
                click.echo(f"error: {error}" + (f"\nto go on with it:  {way_on}" if way_on else ""), err=True)
            return exit_codes.FAILED
    raise error


def _journal_code(error: Exception) -> str:
    """`journal-full` for a JournalFullError."""
    words = re.findall("[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return "-".join(words).lower()


def leave(code: Any) -> NoReturn:  # Any: what click's main gives, an exit code or a command's return value
    """Flush and end; output that nobody reads any more is dropped without a word."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # Python flushes once more when it ends, and would complain then.
            drop(stream)
    collector.leave_be()
    sys.exit(code if isinstance(code, int) else exit_codes.SUCCESS)
