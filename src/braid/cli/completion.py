"""`braid completion`: the script that makes a shell complete what is typed after `braid`."""

from __future__ import annotations

import click

from braid.cli import exit_codes
from braid.cli.terminal import out

SHELLS = ("bash", "zsh", "fish")


@click.command(epilog="Example: braid completion bash")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the script that makes a shell complete commands, options, workflow files, runs and kinds.

    Keep it where the shell looks for such scripts, and open a new shell:

    \b
      braid completion bash > ~/.local/share/bash-completion/completions/braid
      braid completion zsh  > ~/.zfunc/_braid     (with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc)
      braid completion fish > ~/.config/fish/completions/braid.fish

    Or, for bash without the package bash-completion, add a line to ~/.bashrc:

    \b
      eval "$(braid completion bash)"
    """
    from click.shell_completion import BashComplete, get_completion_class

    from braid.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None, "Click knows the three"
    # Click asks bash for its version, which fails where there is none, as when an image is built.
    source = found.source_template if issubclass(found, BashComplete) else ""
    completer = found(cli, {}, "braid", "_BRAID_COMPLETE")
    out((source % completer.source_vars() if source else completer.source()).strip())
    return exit_codes.SUCCESS
