"""`map`: a list made of a list, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.language.task_kind import FieldProblem, FieldRule, PureTask, TaskFields, Value, described
from braid.tasks.items import Items, constant_text, items_of, names_of_items

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class MapFields(TaskFields, frozen=True, kw_only=True):
    items: Items
    to: Annotated[
        Value,
        described("The new item; its expressions see `item` and `index`.", FieldRule(names=("item", "index"))),
    ]


class Map(PureTask):
    name = "map"
    fields = MapFields
    summary = "Makes a new item of every item of a list."
    result = "The list of new items, in the order of the old ones."
    example: ClassVar[str] = """\
name: map-example
steps:
  - id: lines
    map:
      items: [{name: Ada, year: 1815}, {name: Grace, year: 1906}]
      to: {number: "{{ index + 1 }}", text: "{{ item.name }}, born {{ item.year }}"}
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        return constant_text(constants, "to")

    def names_in(self, field: str, fields: Mapping[str, Type]) -> Mapping[str, Type]:
        return names_of_items(fields)

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import ListOf

        return ListOf(fields.get("to"))

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        to = fields["to"]
        return [to(item=item, index=index) for index, item in enumerate(items_of(fields))]
