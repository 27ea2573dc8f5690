"""What an edited workflow keeps of an earlier run, what runs again, and why: worked out before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from braid.history.earlier import NOT_ENDED, Earlier
from braid.history.edits import definitions, static_path
from braid.history.rehearsal import NOT_REACHED, Rehearsed, Verdict, rehearsed
from braid.history.starting_point import StartingPoint
from braid.language.checks.places import places
from braid.language.plan import Node, Plan
from braid.language.plan_walk import reachable_plans
from braid.machine.events import Event, ResultDropped, RunStarted

NEW = "new"
KEPT = "kept"
AGAIN = "again"


@dataclass(frozen=True, slots=True)
class CarriedStep:
    """What becomes of one step.

    Attributes:
        fate: `kept`, `again` (it was started before) or `new`.
        reason: Why it runs; "" when it is kept.
        line: Of the step in its file, from 1; None for one that the workflow doesn't come to any more.
    """

    address: str
    kind: str
    fate: str
    reason: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class CarryOver:
    """What becomes of all steps that act, in the order in which they would start.

    Those that aren't reached any more come last.

    Attributes:
        events: For the journal: ResultKept and ResultDropped.
        unanswered: Addresses of tasks that were executing when the earlier run was last heard of.
        cut_short: There were too many steps to look at all; what comes after runs again.
    """

    steps: tuple[CarriedStep, ...]
    events: tuple[Event, ...]
    unanswered: tuple[str, ...]
    cut_short: bool

    def count(self, fate: str) -> int:
        """How many steps have this fate."""
        return sum(step.fate == fate for step in self.steps)


def carry_over(
    old: Plan,
    earlier: Mapping[str, Earlier],
    new: Plan,
    started: RunStarted,
    secrets: Mapping[str, str],
    time: float,
    from_step: str | None = None,
) -> CarryOver:
    """Compare what was with what would be.

    Args:
        old: The plan of the earlier run, whose tasks `earlier` has.
        started: What the new run starts with.
        secrets: Values of the secrets, as far as they are known.
        time: Of the events.
        from_step: An id or address; it and what comes after it runs again in any case.

    Raises:
        UnknownStepError: There is no such step.
    """
    before = {path for each in reachable_plans(old) for path in definitions(each)}
    paths = {place.node: static_path(place) for each in reachable_plans(new) for place in places(each)}
    from_ = None if from_step is None else StartingPoint(new, from_step)

    def is_new(node: Node) -> bool:
        return paths.get(node, "") not in before

    found = rehearsed(new, started, earlier, secrets, from_, is_new)
    steps = [_carried(address, verdict, earlier) for address, verdict in found.verdicts.items()]
    gone = [address for address, task in earlier.items() if task.result is not None and address not in found.verdicts]
    steps += [CarriedStep(address, earlier[address].node.kind, AGAIN, NOT_REACHED) for address in gone]
    unanswered = tuple(address for address, task in earlier.items() if task.fate == NOT_ENDED)
    return CarryOver(tuple(steps), tuple(_events(found, steps, time)), unanswered, found.cut_short)


def _carried(address: str, verdict: Verdict, earlier: Mapping[str, Earlier]) -> CarriedStep:
    node = verdict.node
    fate = KEPT if not verdict.reason else AGAIN if address in earlier else NEW
    line = node.span.line if node.span is not None else None
    return CarriedStep(address, node.kind, fate, verdict.reason, line)


def _events(found: Rehearsed, steps: Sequence[CarriedStep], time: float) -> list[Event]:
    kept = [verdict.result for verdict in found.verdicts.values() if not verdict.reason and verdict.result is not None]
    # Numbered anew: places of the earlier run, those of its own predecessor among them, only say the order.
    ordered = sorted(kept, key=lambda event: event.place)
    dropped = [
        ResultDropped(time=time, address=step.address, reason=step.reason) for step in steps if step.fate == AGAIN
    ]
    return [*(msgspec.structs.replace(event, place=place) for place, event in enumerate(ordered)), *dropped]
