"""Why a step of the workflow has not begun in a run: what comes before it, or what it is inside of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from braid.language.plan import GraphNode, Node
from braid.report.answer import Answer
from braid.report.plan_tree import PlannedBody, PlannedStep, plan_tree
from braid.report.progress_view import Line, Piece
from braid.report.run_history import RunHistory
from braid.report.spans import StepSpan
from braid.report.text import one_line


class _Place(msgspec.Struct, frozen=True):
    """Where a step stands in the file: after which one, and in which list of which other."""

    step: PlannedStep
    before: PlannedStep | None
    body: PlannedBody
    owner: _Place | None


def planned(history: RunHistory, name: str) -> _Place | None:
    """The step of this id or key that the run's workflow has."""
    if history.replay is None:
        return None
    return next((place for place in _places(plan_tree(history.replay.plan), None) if place.step.node.key == name), None)


def not_begun_answer(history: RunHistory, name: str) -> Answer | None:
    """Why a step of this id or key never began; None where the workflow has no such step."""
    place = planned(history, name)
    if place is None:
        return None
    began: dict[int, list[StepSpan]] = {}
    for span in history.spans.values():
        began.setdefault(id(span.node), []).append(span)
    going_on = history.facts.status in {"running", "waiting", "interrupted"}
    lines: list[Line] = []
    verb = "has not begun" if going_on else "never began"
    reason = _reason(place, began, going_on=going_on)
    while place.owner is not None and id(place.owner.step.node) not in began:
        # What it is inside of is what has to be explained.
        lines.append((Piece(f"`{_name(place)}` is inside `{_name(place.owner)}`, which {verb}"),))
        place = place.owner
        reason = _reason(place, began, going_on=going_on)
    lines.append((Piece(f"`{_name(place)}` {verb}: {reason}", "waiting"),))
    return Answer("not_begun", lines, {"step": name, "reason": reason})


def _reason(place: _Place, began: dict[int, list[StepSpan]], *, going_on: bool) -> str:
    owner = place.owner.step.node if place.owner is not None else None
    if isinstance(owner, GraphNode):
        missing = _missing(owner, place.step.node, began)
        if missing:
            return f"it needs {_listed(missing, began)}"
        return "its graph ended before" if not going_on else "its graph has no room for it"
    if place.before is not None:
        return f"it comes after {_listed([place.before.node], began)}"
    if place.owner is not None and place.body.label:
        return f"`{place.body.label}` of `{_name(place.owner)}` was not entered"
    return "the run ended before" if not going_on else "the run is not there yet"


def _missing(owner: GraphNode, node: Node, began: dict[int, list[StepSpan]]) -> list[Node]:
    position = owner.body.steps.index(node)
    needed = [owner.body.steps[index] for index in owner.dependencies[position]]
    done = {"succeeded", "skipped"}
    return [other for other in needed if not any(span.status in done for span in began.get(id(other), ()))]


def _listed(nodes: Sequence[Node], began: dict[int, list[StepSpan]]) -> str:
    return ", ".join(f"`{one_line(node.key)}`, {_standing(began.get(id(node), ()))}" for node in nodes)


def _standing(spans: Sequence[StepSpan]) -> str:
    if not spans:
        return "which has not begun either"
    status = spans[-1].status
    return {"running": "which has not ended", "failed": "which failed", "cancelled": "which was cancelled"}.get(
        status, f"which {status}" if status == "succeeded" else "which was skipped"
    )


def _name(place: _Place) -> str:
    return one_line(place.step.node.key)


def _places(bodies: Sequence[PlannedBody], owner: _Place | None) -> Iterator[_Place]:
    for body in bodies:
        before = None
        for step in body.steps:
            place = _Place(step, before, body, owner)
            yield place
            yield from _places(step.bodies, place)
            before = step
