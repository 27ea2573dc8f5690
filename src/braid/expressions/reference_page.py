"""The reference of filters and tests, made from their definitions so that it can't be out of date."""

import json

from braid.expressions import limits
from braid.expressions.values import Value
from braid.expressions.vocabulary import FILTERS, TESTS, Entry

_INTRODUCTION = """\
# Expressions

Made from the code by `braid.expressions.reference_page`; a test compares. The examples are executed by a test.

An expression stands bare in `if`, `when`, `while`, `until` and `where`, and as `{{ ... }}` inside any other
value. A value that is one `{{ ... }}` keeps its type; anything else is text. The language is that of Jinja2:
`a.b[0].c`, `and or not in is`, `== != < <= > >=`, `+ - * / // % **`, `~` to join texts, `x if condition else y`,
filters with `|` and tests with `is`.

Where it differs from Jinja2:

- A key wins over a method: `order.items[0]` reads the key `items`.
- What isn't there is an error that names it, unless `| default(...)`, `is defined` or `is none` is asked.
- `default` also replaces null, because null is the output of a skipped step.
- `null` is the same as `none`. `x if condition` without `else` is null when the condition is false.
- `first`, `last`, `min` and `max` of nothing, and `int` or `float` of what is no number, are errors.
- In a text, null stands as nothing, booleans as `true` and `false`, lists and objects as JSON.
- Statements such as `{% for %}` exist only in `template:`. In other texts `${#` starts no comment.
- Lists, objects and texts have only methods that change nothing; names that start with `_` can't be read unless
  they are keys.
- Regular expressions that repeat a part which itself repeats or branches ambiguously, such as `(a+)+`, are refused:
  Python can't be interrupted while it matches.

Functions: `now()` is the time of the event being handled; `uuid()` and `random()` follow from the run and the place,
so that a resumed run gets the same; `range(stop)` or `range(start, stop, step)` and `dict(a=1)` as in Python;
in templates also `namespace()`.
"""


def build_page() -> str:
    """The text of `docs/reference/expressions.md`."""
    parts = [_INTRODUCTION, "# Filters\n"]
    sections: dict[str, list[Entry]] = {}
    for entry in FILTERS.values():
        if not entry.alias_of:
            sections.setdefault(entry.section, []).append(entry)
    for section, entries in sorted(sections.items()):
        parts.append(f"## {section}\n\n{_table(entries, FILTERS, '')}")
    parts.append("# Tests\n")
    parts.append(_table([entry for entry in TESTS.values() if not entry.alias_of], TESTS, ""))
    parts.append("# Limits\n")
    parts.append(_limits())
    return "\n".join(parts)


def _table(entries: list[Entry], table: dict[str, Entry], prefix: str) -> str:
    lines = ["| name | what it gives | example | result |", "|---|---|---|---|"]
    for entry in sorted(entries, key=lambda one: one.name):
        others = [alias.name for alias in table.values() if alias.alias_of == entry.name]
        also = f" Also written {', '.join(f'`{_cell(name)}`' for name in others)}." if others else ""
        name = f"`{prefix}{_cell(entry.name + entry.signature)}`"
        lines.append(
            f"| {name} | {_cell(entry.summary)}{also} | `{_cell(entry.example)}` | `{_cell(_shown(entry.gives))}` |"
        )
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _shown(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)


def _limits() -> str:
    lines = ["| limit | value | of what |", "|---|---|---|"]
    names = [name for name in vars(limits) if name.endswith("_MAX")]
    descriptions = _descriptions()
    lines += [f"| `{name}` | {getattr(limits, name):,} | {_cell(descriptions[name])} |" for name in names]
    return "\n".join(lines) + "\n"


def _descriptions() -> dict[str, str]:
    """The string that stands under each limit in its module."""
    import ast
    import inspect
    from itertools import pairwise

    found = {}
    for one, following in pairwise(ast.parse(inspect.getsource(limits)).body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            assert isinstance(following, ast.Expr)
            assert isinstance(following.value, ast.Constant)
            found[one.target.id] = str(following.value.value)
    return found
