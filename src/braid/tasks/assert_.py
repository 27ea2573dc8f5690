"""`assert`: go on only if a condition holds. The file's name ends in `_` because `assert` is a word of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from braid.expressions.values import kind_of, to_text
from braid.language.task_kind import FieldRule, Interpolation, PureTask, TaskError, TaskFields, Value, described

if TYPE_CHECKING:
    from braid.language.types.lattice import Type


class AssertFields(TaskFields, frozen=True, kw_only=True):
    that: Annotated[
        str | bool,
        described("A bare expression that must hold.", FieldRule(interpolation=Interpolation.EXPRESSION)),
    ]
    message: Annotated[str | None, described("What it means when it doesn't.")] = None


class Assert(PureTask):
    name = "assert"
    fields = AssertFields
    summary = "Fails unless a condition holds."
    result = "Null."
    only_output = False
    shorthand = "that"
    example: ClassVar[str] = """\
name: assert-example
inputs:
  share: {type: number, default: 0.25}
steps:
  - assert:
      that: 0 <= inputs.share and inputs.share <= 1
      message: "share is a part of 1, not {{ inputs.share }}"
"""

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import NULL

        return NULL

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        that = fields["that"]
        if that:
            return None
        message = fields.get("message")
        if message is None:
            found = f"{that!r}".lower() if isinstance(that, bool) else kind_of(that)
            message = f"the condition doesn't hold: `that` is {found}"
        raise TaskError(to_text(message), type="assert", retryable=False)
