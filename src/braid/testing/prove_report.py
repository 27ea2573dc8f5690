"""What was found by killing a workflow, as diagnostics of its file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from braid.diagnostics import Diagnostic, Label, Source, Span
from braid.language.plan import Plan
from braid.language.plan_walk import nodes_of, reachable_plans
from braid.testing.prove_compare import Standard, path_text
from braid.testing.prove_judge import (
    DIFFERENT_RESULT,
    EXECUTED_AGAIN,
    REPEATED_EFFECT,
    Finding,
    Trial,
    findings,
)
from braid.testing.prove_life import Executing, Json, Step

DETAILS_MAX = 5
"""Differences that are told of one problem."""
_RUN_NUMBER = re.compile(r"~\d+$")

_ENGINE_HELP = "this is a bug of Braid, not of the workflow: please report it with the file"
_FILES_HELP = "no step whose acting twice could explain it ran twice: does what a step left running write to a file?"
_RESULT_HELP = "let the step give the same when it runs again after a crash"
_FAILS_HELP = (
    "steps whose answer was recorded don't run again: does it need something that went with the process, such as a "
    "server or a session that an earlier step began?"
)
_HARMFUL_HELP = (
    "let it look first whether it was done already, or replace instead of adding: "
    "after a crash a step whose answer was not recorded runs again"
)
_HTTP_HELP = (
    "give the server a way to know the request again, such as the header "
    '`Idempotency-Key: "{{{{ run.id }}}}-{name}"`; if acting twice does no harm, say so: `idempotent: true`'
)
_UNSEEN_HELP = "if acting twice does no harm, say so: `idempotent: true`"


@dataclass(slots=True)
class _Group:
    """All findings of one kind about one step."""

    first: Finding
    points: list[str] = field(default_factory=list)
    details: dict[str, None] = field(default_factory=dict)
    others: dict[Step, Executing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of killing a workflow.

    Attributes:
        writes: To the journal, in a whole run.
        points: Where it can be killed.
        trials: Of the points that were tried.
        standard: What whole runs came to.
    """

    plan: Plan
    writes: int
    points: int
    trials: Sequence[Trial]
    standard: Standard

    def findings(self) -> list[Finding]:
        """All that is wrong, and what may be."""
        return [finding for trial in self.trials for finding in findings(trial, self.standard)]

    def diagnostics(self, *, strict: bool = False) -> list[Diagnostic]:
        """The problems; with `strict`, also what was executed again without a visible difference."""
        groups = grouped(self.findings())
        places = _Places(self.plan)
        return [
            _diagnostic(group, places, len(self.trials))
            for group in groups
            if strict or group.first.code != EXECUTED_AGAIN
        ]

    def executed_again(self) -> list[str]:
        """Steps that ran twice without a visible difference, such as `shell-1 (brief.braid.yaml:4)`."""
        places = _Places(self.plan)
        found: dict[str, None] = {}
        for finding in self.findings():
            if finding.code == EXECUTED_AGAIN and finding.step is not None:
                span = places.span(finding.step.step)
                where = f" ({span.source.name}:{span.line})" if span is not None else ""
                found[f"{step_name(finding.step.address)}{where}"] = None
        return list(found)

    @property
    def not_reached(self) -> int:
        """Points that a run didn't come to."""
        return sum(not trial.reached for trial in self.trials)

    def to_json(self, diagnostics: Iterable[Diagnostic], seed: int) -> Json:
        """The document of `braid prove --json`."""
        from braid.diagnostics import to_json

        problems = to_json(diagnostics)["diagnostics"]
        return {
            "workflow": self.plan.name,
            "proven": not problems,
            "writes": self.writes,
            "points": {
                "all": self.points,
                "tried": len(self.trials),
                "not_reached": self.not_reached,
                "seed": seed if len(self.trials) < self.points else None,
            },
            "result": self.standard.ends[0].result,
            "diagnostics": problems,
            "not_compared": {
                "result": sorted(path_text(path) for path in self.standard.unstable_results),
                "files": sorted(self.standard.unstable_files),
            },
            "executed_again": self.executed_again(),
        }


def grouped(found: Iterable[Finding]) -> list[_Group]:
    """Findings of one kind about one step belong together, whatever the point or the item of a foreach."""
    groups: dict[tuple[str, Step | None, bool, tuple[str, ...]], _Group] = {}
    for finding in found:
        step = finding.step.step if finding.step is not None else None
        # What can't be given to a step is told apart by what differs.
        key = (finding.code, step, finding.fails, finding.about if step is None else ())
        group = groups.setdefault(key, _Group(finding))
        place = f"{finding.point}, {finding.what}" if finding.what else str(finding.point)
        if place not in group.points:
            group.points.append(place)
        if finding.code != DIFFERENT_RESULT or finding.about or finding is group.first:
            # How it failed at the first place is enough: ports and times make each message another one.
            group.details.update(dict.fromkeys(finding.details))
        group.others.update({other.step: other for other in finding.others if other.step is not None})
    return list(groups.values())


def step_name(address: str) -> str:
    """The step's part of an address."""
    return _RUN_NUMBER.sub("", address.rpartition("/")[2])


class _Places:
    """Where the steps of a plan stand."""

    def __init__(self, plan: Plan) -> None:
        self._sources: dict[str, Source] = {}
        for each in reachable_plans(plan):
            for node in nodes_of(each):
                if node.span is not None:
                    self._sources.setdefault(node.span.source.name, node.span.source)

    def span(self, step: Step | None) -> Span | None:
        source = self._sources.get(step.file) if step is not None else None
        return Span(source, step.start, step.end) if source is not None and step is not None else None


def _diagnostic(group: _Group, places: _Places, tried: int) -> Diagnostic:
    finding = group.first
    step = finding.step
    message, label, help = _words(group)
    details = list(group.details)
    if len(details) > DETAILS_MAX:
        details[DETAILS_MAX:] = [f"… and {len(details) - DETAILS_MAX} more"]
    others = [(places.span(place), other) for place, other in group.others.items()]
    span = places.span(step.step if step is not None else None)
    related = [Label(at, f"`{step_name(o.address)}` ran twice") for at, o in others if at is not None and at != span]
    # A problem without a place of its own is shown at the first step that may have a part in it.
    if span is None and related:
        span, label = related[0].span, related[0].text
        related = related[1:]
    return Diagnostic(
        code=REPEATED_EFFECT if finding.code == EXECUTED_AGAIN else finding.code,
        message=message,
        span=span,
        label=label,
        help=help,
        related=tuple(related),
        notes=(_points_text(group.points, tried), *details),
    )


def _words(group: _Group) -> tuple[str, str, str]:
    """Message, label and help."""
    finding = group.first
    step = finding.step
    name = step_name(step.address) if step is not None else ""
    harmful = _HTTP_HELP.format(name=name) if step is not None and step.kind == "http" else _HARMFUL_HELP
    match finding.code:
        case "repeated-effect" if group.details:
            return f"`{name}` ran twice after a crash, and it shows", "executed again", harmful
        case "repeated-effect":
            return f"`{name}` ran twice after a crash", "acts again each time it is executed", harmful
        case "executed-again":
            return (
                f"`{name}` ran twice after a crash; whether that does harm can't be seen",
                "executed again",
                _UNSEEN_HELP,
            )
        case "different-result" if finding.fails:
            return f"`{name}` fails after a crash", "fails when the run was resumed", _FAILS_HELP
        case "different-result":
            label = "executed again" if step is not None else ""
            return "the result is not what it is without a crash", label, _RESULT_HELP
        case "different-files":
            return "files are not what they are without a crash", "", _FILES_HELP
        case "not-resumed":
            return "the run did not go on after a crash", "was executing" if step is not None else "", ""
        case _:
            return "the engine broke its promise" + (f" at `{name}`" if name else ""), "", _ENGINE_HELP


def _points_text(points: list[str], tried: int) -> str:
    more = f", and at {len(points) - 1} more of {tried} places" if len(points) > 1 else ""
    return f"killed {points[0]}{more}"
