"""`filter`: the items of a list for which a condition holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.language.task_kind import FieldRule, Interpolation, PureTask, TaskFields, Value, described
from braid.tasks.items import Items, items_of, names_of_items

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class FilterFields(TaskFields, frozen=True, kw_only=True):
    items: Items
    where: Annotated[
        str | bool,
        described(
            "A bare expression over `item` and `index`; items for which it holds are kept.",
            FieldRule(interpolation=Interpolation.EXPRESSION, names=("item", "index")),
        ),
    ]


class Filter(PureTask):
    name = "filter"
    fields = FilterFields
    summary = "Keeps the items of a list for which a condition holds."
    result = "The list of items that were kept, in their order."
    example: ClassVar[str] = """\
name: filter-example
steps:
  - id: adults
    filter:
      items: [{name: Ada, age: 36}, {name: Kim, age: 9}]
      where: item.age >= 18
"""

    def names_in(self, field: str, fields: Mapping[str, Type]) -> Mapping[str, Type]:
        return names_of_items(fields)

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import ListOf, doubted

        # The condition may have seen to it that none is null.
        return ListOf(doubted(names_of_items(fields)["item"]))

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        where = fields["where"]
        return [item for index, item in enumerate(items_of(fields)) if where(item=item, index=index)]
