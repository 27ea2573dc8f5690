"""A bar chart as SVG, without a library: text, a few rectangles, and arithmetic."""

from __future__ import annotations

from math import floor, log10
from typing import Any
from xml.sax.saxutils import escape

WIDTH = 760
LEFT = 150
RIGHT = 60
TOP = 88
BOTTOM = 34
ROW = 26
BAR = 16
GRID_LINES = 5

CODE, REST, GRID, INK, FAINT = "#2f6f9f", "#c3d9e8", "#e6e9ec", "#1f2933", "#66727d"
FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"


def bars(title: str, rows: list[dict[str, Any]]) -> str:
    """One bar for each row, in their order: its `code` lines, and after them the rest of its `lines`.

    Args:
        title: Stands above.
        rows: Each with `package`, `lines` and `code`.
    """
    longest = max(row["lines"] for row in rows)
    step = _step(longest)
    scale = (WIDTH - LEFT - RIGHT) / max(longest, 1)
    height = TOP + ROW * len(rows) + BOTTOM
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}'"
        f" role='img' {FONT}>",
        f"<title>{escape(title)}</title>",
        # A ground of its own: pages may be dark.
        f"<rect width='{WIDTH}' height='{height}' fill='white'/>",
        _text(20, 32, title, size=17, weight=600),
        *_legend(20, 56),
        *_grid(step, scale, height),
    ]
    for number, row in enumerate(rows):
        parts += _bar(TOP + ROW * number, row, scale)
    return "\n".join([*parts, "</svg>", ""])


def _step(largest: int) -> int:
    """The distance of the grid lines: 1, 2 or 5 times a power of ten, so that about GRID_LINES fit."""
    power: int = 10 ** floor(log10(max(largest / GRID_LINES, 1)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * GRID_LINES >= largest)


def _legend(x: int, y: int) -> list[str]:
    return [
        f"<rect x='{x}' y='{y - 9}' width='11' height='11' rx='2' fill='{CODE}'/>",
        _text(x + 17, y, "code", fill=FAINT),
        f"<rect x='{x + 62}' y='{y - 9}' width='11' height='11' rx='2' fill='{REST}'/>",
        _text(x + 79, y, "comments and blank lines", fill=FAINT),
    ]


def _grid(step: int, scale: float, height: int) -> list[str]:
    parts = []
    value = 0
    while (x := LEFT + value * scale) <= WIDTH - RIGHT + 0.5:
        parts.append(
            f"<line x1='{x:.1f}' y1='{TOP - 8}' x2='{x:.1f}' y2='{height - BOTTOM + 2}' stroke='{GRID}'/>"
            + _text(x, height - BOTTOM + 18, f"{value:,}", fill=FAINT, size=11, anchor="middle")
        )
        value += step
    return parts


def _bar(y: int, row: dict[str, Any], scale: float) -> list[str]:
    code, lines = row["code"] * scale, row["lines"] * scale
    middle = y + BAR / 2 + 4
    return [
        _text(LEFT - 10, middle, row["package"], anchor="end"),
        f"<rect x='{LEFT}' y='{y}' width='{lines:.1f}' height='{BAR}' fill='{REST}'/>",
        f"<rect x='{LEFT}' y='{y}' width='{code:.1f}' height='{BAR}' fill='{CODE}'/>",
        _text(LEFT + lines + 7, middle, f"{row['lines']:,}", fill=FAINT, size=11),
    ]


def _text(
    x: float, y: float, text: str, *, fill: str = INK, size: int = 12, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' fill='{fill}' font-size='{size}' font-weight='{weight}'"
        f" text-anchor='{anchor}'>{escape(text)}</text>"
    )
