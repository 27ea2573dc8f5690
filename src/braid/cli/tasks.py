"""`braid tasks`: what a step can do."""

from __future__ import annotations

import sys

import click

from braid.cli import exit_codes
from braid.cli.terminal import err, out, out_json, width_of

_WIDTH_DEFAULT = 100


@click.command(epilog="Example: braid tasks http")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help='Print one JSON document: {"kinds": [...]}.')
def tasks(kind: str | None, as_json: bool) -> int:
    """Show the installed task kinds, or one with its fields, its result and an example that runs."""
    from braid.language.task_kind import TaskKindError, registry
    from braid.report.task_view import kind_json, kind_text, kinds_text

    names = [kind] if kind else registry.names()
    if kind and kind not in registry:
        raise click.UsageError(_unknown(kind))
    kinds, broken = [], []
    for name in names:
        try:
            kinds.append(registry.get(name))
        except TaskKindError as error:
            broken.append(str(error))
    width = min(width_of(sys.stdout) or _WIDTH_DEFAULT, _WIDTH_DEFAULT)
    if as_json:
        out_json({"kinds": [kind_json(each) for each in kinds]})
    elif kind and kinds:
        out(kind_text(kinds[0], width))
    elif not kind:
        out(kinds_text(kinds, width) + f"\n\n{_controls()}\nbraid tasks KIND shows one with its fields and an example.")
    for problem in broken:
        err(f"warning: {problem}")
    return exit_codes.USAGE if kind and broken else exit_codes.SUCCESS


def _unknown(kind: str) -> str:
    from braid.diagnostics import nearest
    from braid.language.ast import CONTROLS
    from braid.language.task_kind import registry

    if kind in {*CONTROLS, "if"}:
        return f"`{kind}` controls other steps; it is no task kind. `braid schema` has its fields"
    near = nearest(kind, registry.names())
    return f"there is no task kind `{kind}`" + (f"; did you mean `{near}`?" if near else "")


def _controls() -> str:
    from braid.language.ast import CONTROLS

    names = ["if" if name == "then" else name for name in CONTROLS if name != "steps"]
    return f"Steps that control other steps: {', '.join(names)}."
