"""`braid explain`: what a code of a diagnostic means, with a wrong and a right example."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from braid.cli.terminal import has_color, out, painted, width_of

if TYPE_CHECKING:
    from braid.diagnostics.pages import Page

_WIDTH_DEFAULT = 80
_WIDTH_MAX = 100
_HEADINGS = {"wrong": ("wrong:", "bad"), "right": ("right:", "good")}


@click.command(epilog="Example: braid explain unknown-step")
@click.argument("names", nargs=-1, metavar="[CODE...]")
def explain(names: tuple[str, ...]) -> None:
    """Say what a problem means, and what to write instead.

    CODE is what stands in brackets where a problem is shown: `error[unknown-step]`. Without one, all codes are listed
    with a line each. The same pages are in docs/reference/diagnostics.md.
    """
    from braid.diagnostics.pages import codes, read_page

    wanted = [_code_in(name) for name in names]
    for name in wanted:
        _refuse_unknown(name)
    color = has_color(sys.stdout)
    width = min(width_of(sys.stdout) or _WIDTH_DEFAULT, _WIDTH_MAX)
    if wanted:
        out("\n\n".join(page_text(read_page(name), color=color, width=width) for name in dict.fromkeys(wanted)))
    else:
        out(list_text([read_page(name) for name in codes()], color=color, width=width))


def _code_in(text: str) -> str:
    """The code, also where it was copied with what stands round it: `error[unknown-step]:`."""
    found = re.search(r"\[([a-z0-9-]+)\]", text)
    return found[1] if found else text.strip()


def _refuse_unknown(name: str) -> None:
    from braid.diagnostics import nearest
    from braid.diagnostics.pages import codes, has_page

    if not has_page(name):
        near = nearest(name, codes())
        way_out = f"did you mean `{near}`?" if near else "`braid explain` lists all codes"
        raise click.UsageError(f"there is no code `{name}`; {way_out}")


def page_text(page: Page, *, color: bool, width: int) -> str:
    """A page for a terminal: prose is wrapped, examples stand as they are."""
    from braid.diagnostics.pages import Paragraph
    from braid.diagnostics.terminal_text import wrapped

    blocks = [f"{painted(page.code, 'title', color)}\n" + "\n".join(wrapped(page.summary, width))]
    for part in page.parts:
        if isinstance(part, Paragraph):
            blocks.append("\n".join(wrapped(part.text, width)))
            continue
        heading, style = _HEADINGS.get(part.role or "", (f"{part.file}:" if part.file else "", "dim"))
        lines = [painted(heading, style, color)] if heading else []
        blocks.append("\n".join([*lines, *(f"    {line}".rstrip() for line in part.text.splitlines())]))
    return "\n\n".join(blocks)


def list_text(pages: list[Page], *, color: bool, width: int) -> str:
    """A line for each page; on a narrow terminal the summary is wrapped beside its code, or below it."""
    from braid.diagnostics.terminal_text import wrapped

    column = max(len(page.code) for page in pages) + 2
    lines = []
    for page in pages:
        if width - column < column:
            lines.append(painted(page.code, "title", color))
            lines += [f"  {line}" for line in wrapped(page.summary, width - 2)]
            continue
        first, *more = wrapped(page.summary, width - column)
        lines.append(painted(page.code, "title", color) + " " * (column - len(page.code)) + first)
        lines += [" " * column + line for line in more]
    return "\n".join(lines)
