"""`template`: text with Jinja statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.language.task_kind import FieldRule, Interpolation, PureTask, TaskFields, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class TemplateFields(TaskFields, frozen=True, kw_only=True):
    text: Annotated[
        str,
        described(
            "The text. `{{ … }}` puts a value in, `{% for %}` and `{% if %}` repeat and choose.",
            FieldRule(interpolation=Interpolation.TEMPLATE),
        ),
    ]


class Template(PureTask):
    name = "template"
    fields = TemplateFields
    summary = "Writes a text from a template."
    result = "The text."
    shorthand = "text"
    example: ClassVar[str] = """\
name: template-example
steps:
  - id: cities
    set: [Berlin, Lima]
  - id: page
    template: |
      {{ cities | length }} cities
      {% for city in cities %}
      - {{ city }}
      {% endfor %}
"""

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import TEXT

        return TEXT

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        return fields["text"]
