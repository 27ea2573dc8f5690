"""Guards: when a name that is in doubt may be used all the same."""

from __future__ import annotations

import pytest

from braid.language.load import load

HEAD = """
name: t
inputs: {a: {type: boolean}, b: {type: boolean}}
steps:
  - id: x
    if: inputs.a and inputs.b
    set: {n: 1}
"""


def codes(step: str) -> list[str]:
    return [diagnostic.code for diagnostic in load(f"{HEAD}  - {step}\n").diagnostics]


@pytest.mark.parametrize(
    "step",
    [
        "set: '{{ x.n | default(0) }}'",
        "set: '{{ x is defined }}'",
        "set: '{{ x.n if x is not none else 0 }}'",
        "set: '{{ steps.x.status }}'",
        "{if: inputs.a and inputs.b, set: '{{ x.n }}'}",
        "{if: inputs.a and inputs.b and x.n > 1, set: 1}",
        "{if: 'inputs.b  and inputs.a', set: '{{ x.n }}'}",
        "{if: '{{ inputs.a and inputs.b }}', set: '{{ x.n }}'}",
        "{if: inputs.a and inputs.b and x.n > 1, set: 1, output: '{{ x.n }}'}",
        "{if: inputs.a, then: [{if: inputs.b, set: '{{ x.n }}'}]}",
        "{if: x is not none, set: '{{ x.n }}'}",
        "{if: x is none, then: [{log: none}], else: [{set: '{{ x.n }}'}]}",
        "{if: steps.x.status == 'succeeded', foreach: {items: '{{ [x] }}', steps: [{set: '{{ x.n }}'}]}}",
        "{if: steps.x.status == 'succeeded' and x.n > 1, set: 1}",
        "{switch: {cases: [{when: x is not none, steps: [{set: '{{ x.n }}'}]}]}}",
        "{loop: {max: 2, while: x is not none, steps: [{set: '{{ x.n }}'}]}}",
    ],
)
def test_a_use_that_copes_with_absence_is_right(step: str) -> None:
    assert codes(step) == []


@pytest.mark.parametrize(
    "step",
    [
        "set: '{{ x }}'",
        "set: '{{ x.n + 1 }}'",
        "set: '{{ other.n | default(x.n) }}'",
        "{if: inputs.a, set: '{{ x.n }}'}",
        "{if: inputs.a or inputs.b, set: '{{ x.n }}'}",
        "{if: inputs.a, then: [{set: 1}], else: [{if: inputs.b, set: '{{ x.n }}'}]}",
        "{if: x.n > 1, set: 1}",
        "{if: x.n > 1 and inputs.a and inputs.b, set: 1}",
        "{foreach: {items: '{{ x }}', steps: [{set: 1}]}}",
        "{loop: {max: 2, until: x.n > 1, steps: [{set: 1}]}}",
        "{set: 1, fallback: {value: '{{ x.n }}'}}",
        "{set: 1, output: '{{ x.n }}'}",
        "{shell: date, retry: {when: x.n > 1}}",
        "{shell: date, timeout: '{{ x.n }}'}",
        "{parallel: {branches: [[{set: 1}]], merge: 'branches + [x]'}}",
        "{return: '{{ x }}'}",
    ],
)
def test_a_use_that_does_not_cope_is_refused(step: str) -> None:
    assert "may-be-skipped" in codes(step)
