"""`set`: a value, its expressions evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.language.task_kind import PureTask, TaskFields, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class SetFields(TaskFields, frozen=True, kw_only=True):
    value: Annotated[Value, described("Any value; the expressions inside it are evaluated.")]


class Set(PureTask):
    name = "set"
    fields = SetFields
    summary = "Gives a value a name."
    result = "The value, its expressions evaluated."
    shorthand = "value"
    whole_body = True
    example: ClassVar[str] = """\
name: set-example
steps:
  - id: greeting
    set: Hello
  - id: letter
    set:
      subject: "{{ greeting }}, world"
      copies: "{{ 1 + 1 }}"
output: "{{ letter }}"
"""

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import UNKNOWN

        return fields.get("value", UNKNOWN)

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        return fields["value"]
