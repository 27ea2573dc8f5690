"""`reduce`: a list folded into one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.language.task_kind import FieldProblem, FieldRule, PureTask, TaskFields, Value, described
from braid.tasks.items import Items, constant_text, items_of, names_of_items

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class ReduceFields(TaskFields, frozen=True, kw_only=True):
    items: Items
    initial: Annotated[Value, described("The value of `acc` at the first item, and the result for an empty list.")] = (
        None
    )
    to: Annotated[
        Value,
        described(
            "The next value of `acc`; its expressions see `item`, `index` and `acc`.",
            FieldRule(names=("item", "index", "acc")),
        ),
    ]


class Reduce(PureTask):
    name = "reduce"
    fields = ReduceFields
    summary = "Folds a list into one value, from its first item to its last."
    result = "The last value of `acc`."
    example: ClassVar[str] = """\
name: reduce-example
steps:
  - id: total
    reduce:
      items: [{price: 5, count: 2}, {price: 3, count: 4}]
      initial: 0
      to: "{{ acc + item.price * item.count }}"
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        return constant_text(constants, "to")

    def names_in(self, field: str, fields: Mapping[str, Type]) -> Mapping[str, Type]:
        return names_of_items(fields)

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import NULL, UNKNOWN, union

        return union((fields.get("initial", NULL), fields.get("to", UNKNOWN)))

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        to, acc = fields["to"], fields.get("initial")
        for index, item in enumerate(items_of(fields)):
            acc = to(item=item, index=index, acc=acc)
        return acc
