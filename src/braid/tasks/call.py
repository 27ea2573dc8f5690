"""`call`: another workflow file, run inside this run."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from braid.language.task_kind import FieldRule, Interpolation, SubworkflowTask, TaskFields, Value, described


class CallFields(TaskFields, frozen=True, kw_only=True):
    workflow: Annotated[
        str,
        described(
            "Path of the other file, relative to this one's folder.",
            FieldRule(
                interpolation=Interpolation.REFUSED,
                format="path",
                help="the other file is checked together with this one, so its path is constant; choose with `switch`",
            ),
        ),
    ]
    inputs: Annotated[dict[str, Value], described("The other workflow's inputs, by name.")] = msgspec.field(
        default_factory=dict
    )


class Call(SubworkflowTask):
    name = "call"
    fields = CallFields
    summary = "Runs another workflow inside this run."
    result = "The other workflow's output."
    shorthand = "workflow"
    example: ClassVar[str] = """\
name: call-example          # save it as example.braid.yaml: it calls itself until n is 0
inputs:
  n: {type: integer, default: 3}
steps:
  - id: rest
    if: inputs.n > 0
    call:
      workflow: example.braid.yaml
      inputs: {n: "{{ inputs.n - 1 }}"}
output: "{{ [inputs.n] + (rest | default([])) }}"
"""
