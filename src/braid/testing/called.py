"""The workflow that generated ones call."""

from __future__ import annotations

CALLED_FILE = "called.braid.yaml"
CALLED_TEXT = """\
name: called
inputs:
  n: {type: number}
steps:
  - id: asked
    work: {value: "{{ inputs.n }}"}
  - if: inputs.n % 3 == 0
    return: "{{ asked }}"
  - id: both
    parallel:
      branches:
        first:
          - delay: 1s
          - id: one
            work: {value: "{{ asked }}"}
        second:
          - id: two
            work: {value: "{{ inputs.n }}"}
finally:
  - work: {value: done}
output: "{{ [asked, one, two] }}"
"""
