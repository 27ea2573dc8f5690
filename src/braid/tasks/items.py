"""The `items` field of `map`, `filter` and `reduce`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from braid.expressions.values import kind_of
from braid.language.task_kind import FieldProblem, TaskError, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type

Items = Annotated[list[Value], described("The list to go through.")]


def items_of(fields: Mapping[str, Value]) -> list[Value]:
    """The value of the field `items`.

    Raises:
        TaskError: It is no list.
    """
    items = fields["items"]
    if isinstance(items, list):
        return items
    help = "; write `| dict2items` behind it to go through its keys" if isinstance(items, Mapping) else ""
    raise TaskError(f"`items` must be a list, and is {kind_of(items)}{help}", type="items", retryable=False)


def names_of_items(fields: Mapping[str, Type]) -> Mapping[str, Type]:
    """The types of `item` and `index`, by that of the field `items`."""
    from braid.language.types.lattice import INT, UNKNOWN
    from braid.language.types.members import item_of

    return {"item": item_of(fields.get("items", UNKNOWN)), "index": INT}


def constant_text(constants: Mapping[str, Value], field: str) -> list[FieldProblem]:
    """The problem that a field which is evaluated for each item is text without an expression."""
    text = constants.get(field)
    if not isinstance(text, str):
        return []
    return [
        FieldProblem(
            (field,),
            f"`{field}` is the same text for every item",
            help=f'write `{field}: "{{{{ {text} }}}}"` if it is an expression',
            code="constant-text",
        )
    ]
