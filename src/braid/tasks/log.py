"""`log`: a line in the run's log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from braid.expressions.values import to_text
from braid.language.task_kind import ActiveTask, TaskContext, TaskFields, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class LogFields(TaskFields, frozen=True, kw_only=True):
    message: Annotated[Value, described("What to write; a list or object is written as JSON.")]
    level: Annotated[Literal["debug", "info", "warning", "error"], described("How much it matters.")] = "info"


class Log(ActiveTask):
    name = "log"
    fields = LogFields
    summary = "Writes a line into the run's log. Secrets are masked."
    result = "Null."
    shorthand = "message"
    example: ClassVar[str] = """\
name: log-example
steps:
  - log: starting
  - log: {message: "{{ 2 * 3 }} left", level: warning}
"""

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import NULL

        return NULL

    async def run(self, fields: LogFields, context: TaskContext) -> Value:
        context.log(fields.level, to_text(fields.message))
        return None
