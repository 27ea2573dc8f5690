"""Sentences of the language reference that no example on the page shows: each is quoted, and tried."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from doc_blocks import ROOT

import braid

PAGE: Final = " ".join((ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class Claim:
    """A sentence of the page, a workflow without its name, and what it must give.

    Attributes:
        output: Of the run; with `error`, nothing.
        error: Type of the run's failure, or the code of a diagnostic.
        message: A part of the failure's or diagnostic's text.
        steps: Address → status, of some steps; None for a step that must not be there.
    """

    sentence: str
    workflow: str
    output: Any = None  # Any: a value of a workflow
    error: str = ""
    message: str = ""
    steps: dict[str, str | None] = field(default_factory=dict)


CLAIMS = [
    Claim(
        "When it is over, everything is cancelled and the run fails with type `timeout`; then `on_failure` and "
        "`finally` run",
        """
        timeout: 100ms
        steps: [{id: slow, shell: sleep 60}]
        on_failure: [{id: told, set: "{{ error.type }}"}]
        finally: [{id: last, log: "{{ steps.told.output }}"}]
        """,
        error="timeout",
        steps={"slow": "cancelled", "on_failure/told": "succeeded", "finally/last": "succeeded"},
    ),
    Claim(
        "They heal nothing: the run stays failed with its first failure.",
        """
        steps: [{fail: {message: first, type: one}}]
        on_failure: [{fail: {message: second, type: two}}]
        finally: [{fail: {message: third, type: three}}]
        """,
        error="one",
        steps={"on_failure/fail-1": "failed", "finally/fail-1": "failed"},
    ),
    Claim(
        "when there is none, a failure in `finally` fails the run",
        "steps: [{set: 1}]\nfinally: [{fail: {message: x, type: last}}]",
        error="last",
    ),
    Claim("Evaluated after the last step and before `finally`", "steps: [{id: a, set: 1}]\noutput: '{{ a }}'", 1),
    Claim(
        "An entry sees those above it.",
        "vars: {a: 2, b: '{{ vars.a * 2 }}'}\nsteps: [{set: '{{ vars.b }}'}]",
        4,
    ),
    Claim(
        "`retry: 1` turns a default retry off.",
        "defaults: {retry: 3}\nsteps: [{id: a, shell: exit 1, retry: 1, fallback: {value: x}}]\n"
        "output: '{{ steps.a.attempts }}'",
        1,
    ),
    Claim(
        "Blocks, `call`, `delay` and steps that are computed inside the engine (`set`, `template`, …) don't take them.",
        "defaults: {retry: {delay: 1ms}}\nsteps: [{id: a, fail: x, fallback: {value: x}}]\n"
        "output: '{{ steps.a.attempts }}'",
        1,
    ),
    Claim(
        "0 when skipped",
        "steps: [{id: a, if: false, set: 1}]\noutput: ['{{ steps.a.attempts }}', '{{ steps.a.reason }}']",
        [0, "its `if` is false"],
    ),
    Claim(
        "the inner steps of the failed attempt are forgotten",
        "steps: [{id: a, steps: [{id: inner, set: 1}, {fail: x}], fallback: {value: 0}}]\n"
        "output: '{{ inner | default(5) }}'",
        5,
    ),
    Claim(
        "It alone decides.",
        "steps: [{id: a, assert: 1 > 2, retry: {attempts: 2, delay: 1ms, when: true}, fallback: {value: x}}]\n"
        "output: '{{ steps.a.attempts }}'",
        2,
    ),
    Claim(
        "every failure is tried again but those that can't go better",
        "steps: [{id: a, assert: 1 > 2, retry: {attempts: 2, delay: 1ms}, fallback: {value: x}}]\n"
        "output: '{{ steps.a.attempts }}'",
        1,
    ),
    Claim(
        "No attempt starts later than this after the start of the first.",
        "steps: [{id: a, shell: exit 1, retry: {attempts: 9, delay: 1h, max_delay: 2h, within: 1m}, "
        "fallback: {value: x}}]\noutput: '{{ steps.a.attempts }}'",
        1,
    ),
    Claim(
        "An expression of `retry` that can't be evaluated is the step's failure; the fallback isn't used then.",
        "steps: [{fail: x, retry: {when: error.details.nothing}, fallback: {value: 1}}]",
        error="expression",
    ),
    Claim(
        "`output` and `schema` are not applied to the result of a fallback",
        "steps: [{fail: x, output: '{{ result }}!', schema: {type: string}, fallback: {value: 7}}]",
        7,
    ),
    Claim(
        "a failure in its steps is the step's failure",
        "steps: [{fail: x, fallback: {steps: [{fail: {message: y, type: second}}]}}]",
        error="second",
    ),
    Claim(
        "A step without an id goes by its kind and its number in its list, from 1",
        "steps: [{set: 1}, {if: true, then: [{set: 2}]}, {steps: [{set: 3}]}]",
        3,
        steps={"set-1": "succeeded", "if-2/then/set-1": "succeeded", "group-3/set-1": "succeeded"},
    ),
    Claim(
        "a `graph` that is the workflow's body is `graph-1`",
        "graph: [{id: a, set: 1}]",
        {"a": 1},
        steps={"graph-1/a": "succeeded"},
    ),
    Claim(
        "when that one was skipped, or is a jump that wasn't taken, it is null",
        "steps: [{id: a, steps: [{set: 1}, {if: false, set: 2}]}, "
        "{id: b, loop: {max: 1, steps: [{set: 1}, {break: false}]}}]\noutput: ['{{ a }}', '{{ b }}']",
        [None, None],
    ),
    Claim(
        "`parent` the `branch` around it or null",
        """
        steps:
          - parallel:
              branches:
                outer:
                  - foreach:
                      items: [x]
                      steps: [{set: "{{ branch.parent.name }} {{ branch.name }} {{ branch.parent.parent }}"}]
        """,
        {"outer": ["outer  "]},
    ),
    Claim(
        "`object` joins objects and refuses a key that two branches give.",
        "steps: [{parallel: {merge: object, branches: [[{set: {a: 1}}], [{set: {a: 2}}]]}}]",
        error="merge",
        message="`a`",
    ),
    Claim(
        "Both leave out null results",
        "steps: [{parallel: {merge: concat, branches: [[{set: [1]}], [{set: null}]]}}]",
        [1],
    ),
    Claim(
        "branches that haven't started never do",
        "steps: [{parallel: {max_concurrency: 1, branches: {a: [{fail: x}], b: [{set: 1}]}}}]",
        error="branch",
        steps={"parallel-1/b/set-1": None},
    ),
    Claim(
        "the failure then has type `wait`, and `errors` holds all failures",
        """
        steps:
          - id: race
            parallel: {wait: any, branches: [[{fail: a}], [{fail: b}]]}
            fallback: {value: ["{{ error.errors[0].message[-1:] }}", "{{ error.errors[1].message[-1:] }}"]}
        """,
        ["a", "b"],
    ),
    Claim(
        "A number larger than the count of branches is an error.",
        "steps: [{parallel: {wait: 3, branches: [[{set: 1}], [{set: 2}]]}}]",
        error="wait-too-large",
    ),
    Claim(
        "when all have ended and it is still false, the block fails with type `wait`",
        "steps: [{parallel: {wait: ok > 5, branches: [[{set: 1}]]}}]",
        error="wait",
    ),
    Claim(
        "An expression that mentions none of its four names gives the number",
        "inputs: {quorum: {default: 1}}\n"
        "steps: [{parallel: {wait: '{{ inputs.quorum }}', branches: [[{set: 1}], [{shell: sleep 60}]]}}]",
        [1, None],
    ),
    Claim(
        "Without `tolerate`, failures never fail the block.",
        "steps: [{id: t, parallel: {settle: true, branches: [[{fail: x}]]}}]\n"
        "output: ['{{ t[0].status }}', '{{ t[0].error.type }}', '{{ t[0].value }}']",
        ["failed", "fail", None],
    ),
    Claim(
        "`concat` and `object` merge the values of the branches that are ok.",
        "steps: [{parallel: {settle: true, merge: concat, branches: [[{set: [1]}], [{fail: x}], [{set: [2]}]]}}]",
        [1, 2],
    ),
    Claim(
        "cancels the rest as soon as more than that have failed",
        """
        steps:
          - foreach:
              items: [1, 2, 3, 4]
              settle: true
              tolerate: 1
              steps: [{fail: "{{ item }}"}]
        """,
        error="tolerate",
        steps={"foreach-1/1/fail-1": "failed", "foreach-1/2/fail-1": None},
    ),
    Claim(
        "Anything else fails with type `items`",
        "vars: {d: '{{ \"a: 1\" | from_yaml }}'}\nsteps: [{foreach: {items: '{{ vars.d }}', steps: [{set: 1}]}}]",
        error="items",
        message="dict2items",
    ),
    Claim(
        "The file's default doesn't apply.",
        "max_concurrency: 5\nsteps: [{foreach: {items: [1, 2], steps: [{if: item == 1, fail: x}, {log: x}]}}]",
        error="branch",
        steps={"foreach-1/1/log-2": None},
    ),
    Claim(
        "keeps no results: the output is null",
        "steps: [{foreach: {items: [1, 2], collect: none, steps: [{set: 1}]}}]",
    ),
    Claim("An empty list gives `[]`.", "steps: [{foreach: {items: [], steps: [{set: 1}]}}]", []),
    Claim(
        "A step that waits for itself is an error that names the whole way round.",
        "graph: [{id: a, set: '{{ b }}'}, {id: b, set: '{{ a }}'}]",
        error="cycle",
        message="`a`",
    ),
    Claim(
        "A skipped step counts as done, with null.",
        "graph: [{id: a, if: false, set: 1}, {id: b, set: '{{ a | default(5) }}'}]",
        {"a": None, "b": 5},
    ),
    Claim(
        "ends the graph as it ends a parallel, but passes on as it is",
        "graph: [{id: a, fail: {message: x, type: mine}}, {id: b, shell: sleep 60}]",
        error="mine",
    ),
    Claim(
        "the step still counts as succeeded, with `no branch taken` as reason",
        "steps: [{id: a, if: false, then: [{set: 1}]}]\noutput: ['{{ steps.a.status }}', '{{ steps.a.reason }}']",
        ["succeeded", "no branch taken"],
    ),
    Claim(
        "`when: 1` doesn't mean true",
        "steps: [{switch: {value: true, cases: [{when: 1, steps: [{set: one}]}], default: [{set: none}]}}]",
        "none",
    ),
    Claim(
        "Reaching `max` is a normal end",
        "steps: [{id: a, loop: {max: 2, steps: [{set: '{{ iteration }}'}]}}]\n"
        "output: ['{{ a }}', '{{ steps.a.reason }}']",
        [1, "max"],
    ),
    Claim(
        "an iteration that breaks leaves the output of the one before (null if there is none)",
        "steps: [{id: a, loop: {max: 5, steps: [{set: '{{ iteration }}'}, {break: iteration == 2}, "
        "{set: 'end {{ iteration }}'}]}}]",
        "end 1",
    ),
    Claim(
        "its output is dropped, and a failure in it replaces the outcome, with the earlier failure as `cause`",
        """
        steps:
          - id: a
            try:
              steps: [{fail: {message: x, type: earlier}}]
              finally: [{fail: {message: y, type: later}}]
            fallback: {value: ["{{ error.type }}", "{{ error.cause.type }}"]}
        """,
        ["later", "earlier"],
    ),
    Claim(
        "no handler and no fallback takes a cancellation",
        """
        steps:
          - id: block
            timeout: 200ms
            steps:
              - try:
                  steps: [{id: slow, shell: sleep 60, fallback: {value: 1}}]
                  catch: {steps: [{id: caught, set: 1}]}
                  finally: [{id: cleaned, set: 1}]
        """,
        error="timeout",
        steps={
            "block/try-1/slow": "cancelled",
            "block/try-1/catch/caught": None,
            "block/try-1/finally/cleaned": "succeeded",
        },
    ),
    Claim(
        "one more fails with type `limit`",
        "steps: [{id: a, set: 1}, {goto: {to: a, max: 3}}]",
        error="limit",
        steps={"a~4": "succeeded", "a~5": None},
    ),
    Claim(
        "`finally` of every try around it, and of the workflow, still runs",
        """
        steps:
          - try: {steps: [{return: 7}], finally: [{id: inner, log: x}]}
          - fail: never
        finally: [{id: outer, log: x}]
        output: 8
        """,
        7,
        steps={"try-1/finally/inner": "succeeded", "finally/outer": "succeeded"},
    ),
    Claim("`return:` alone returns null.", "steps: [{set: 1}, {return: }]"),
    Claim(
        "Wherever a step takes a duration, an expression may give it.",
        "inputs: {t: {default: 50ms}}\nsteps: [{shell: sleep 60, timeout: '{{ inputs.t }}', retry: 1}]",
        error="timeout",
    ),
    Claim(
        "`no`, `on` and `yes` are text",
        "steps: [{set: [no, on, yes, 12:30, 2026-01-05, 0o17, 0x1f]}]",
        ["no", "on", "yes", "12:30", "2026-01-05", 15, 31],
    ),
    Claim(
        "Anchors, aliases and merge keys (`<<`) work.",
        "vars: {a: &a {x: 1}, b: {<<: *a, y: 2}}\nsteps: [{set: '{{ vars.b }}'}]",
        {"x": 1, "y": 2},
    ),
    Claim("A duplicate key, a tag (`!!str`)", "steps: [{set: !!str 1}]", error="tag"),
    Claim(
        "A hyphen is refused, because an expression would subtract.",
        "steps: [{id: a-b, set: 1}]",
        error="hyphen-in-id",
    ),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: re.sub(r"\W+", "-", claim.sentence)[:60])
def test_sentence_of_the_language_page_holds(claim: Claim, tmp_path: Path) -> None:
    assert " ".join(claim.sentence.split()) in PAGE, "the page doesn't say so any more"
    file = tmp_path / "claim.braid.yaml"
    file.write_text("name: claim\n" + textwrap.dedent(claim.workflow), encoding="utf-8")
    errors = [problem for problem in braid.check(file) if problem.severity == "error"]
    if errors:
        assert [problem.code for problem in errors] == [claim.error] * len(errors)
        assert claim.message in errors[0].message
        return

    result = braid.run(file)

    assert (result.error.type if result.error else "") == claim.error
    assert result.error is None or claim.message in result.error.message
    assert result.output == claim.output
    found = {address: step.status for address, step in result.steps.items()}
    assert {address: found.get(address) for address in claim.steps} == claim.steps
