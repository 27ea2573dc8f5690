"""`fail`: end here with a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.expressions.values import to_text
from braid.language.task_kind import PureTask, TaskError, TaskFields, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class FailFields(TaskFields, frozen=True, kw_only=True):
    message: Annotated[str, described("Why; becomes `error.message`.")] = "failed"
    type: Annotated[str, described("A short word for handlers to compare; becomes `error.type`.")] = "fail"


class Fail(PureTask):
    name = "fail"
    fields = FailFields
    summary = "Fails, with a message and a type of one's own."
    result = "None: the step has failed. It isn't tried again unless `retry.when` says so."
    only_output = False
    shorthand = "message"
    example: ClassVar[str] = """\
name: fail-example
steps:
  - id: order
    set: {total: -5}
  - id: checked
    try:
      steps:
        - if: order.total < 0
          fail: {message: "the total is {{ order.total }}", type: bad_order}
      catch:
        - when: error.type == 'bad_order'
          steps:
            - set: "refused: {{ error.message }}"
output: "{{ checked }}"
"""

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import NEVER

        return NEVER

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        raise TaskError(
            to_text(fields.get("message", "failed")),
            type=to_text(fields.get("type", "fail")) or "fail",
            # The same step would only fail again.
            retryable=False,
        )
