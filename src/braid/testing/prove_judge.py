"""What a crash and what came after it say of a workflow, and of the engine. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from braid.testing.prove_compare import Difference, End, Standard
from braid.testing.prove_life import Executing, Execution, Json, Life, Recorded
from braid.testing.prove_points import CrashPoint

REPEATED_EFFECT = "repeated-effect"
DIFFERENT_RESULT = "different-result"
DIFFERENT_FILES = "different-files"
NOT_RESUMED = "not-resumed"
ENGINE_FAULT = "engine-fault"
EXECUTED_AGAIN = "executed-again"
"""Executed twice, and nothing shows whether that did harm: a problem only where one asks for certainty."""

VISIBLE = frozenset({REPEATED_EFFECT, DIFFERENT_RESULT, DIFFERENT_FILES})
"""What may be put down to a crash, and may come without one as well."""
MESSAGE_CHARS_MAX = 400
"""Of a failure, as a detail."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run that was killed at a point, and the life after that.

    Attributes:
        second: None when the first didn't come to the point.
        end: None when the second didn't come to its end.
    """

    point: CrashPoint
    first: Life
    second: Life | None = None
    end: End | None = None

    @property
    def reached(self) -> bool:
        """The run was killed where it should be. The order of events isn't always the same: some have fewer writes."""
        return self.first.death is not None or self.first.report is None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong after a crash.

    Attributes:
        what: Of the write that the run was killed at, such as `the answer of fetch`.
        step: Whose fault it is; None when no step can be named.
        others: Steps that may have a part in it.
        details: A sentence each.
        about: What differs: files, or places in the result.
        fails: It failed at this step after the crash, and only then.
    """

    code: str
    point: CrashPoint
    what: str
    step: Executing | None = None
    others: tuple[Executing, ...] = ()
    details: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    fails: bool = False


def findings(trial: Trial, standard: Standard) -> Iterator[Finding]:
    """All that is wrong at one point."""
    death = trial.first.death
    if death is None:
        if trial.reached:
            first = trial.first
            yield Finding(NOT_RESUMED, trial.point, "", first.cut_off, details=(_end_text(first, "was to be killed"),))
        return
    second = trial.second
    assert second is not None, "a run that was killed is gone on with"
    what = death.what
    if second.report is None or trial.end is None:
        yield Finding(NOT_RESUMED, trial.point, what, second.cut_off, details=(_end_text(second, "went on"),))
        return
    if second.report.refused:
        yield Finding(NOT_RESUMED, trial.point, what, details=(second.report.refused,))
        return
    yield from _faults(trial, second, second.report.recorded)
    yield from _harm(trial, second, second.report.recorded, trial.end, standard)


def _faults(trial: Trial, second: Life, recorded: Recorded) -> Iterator[Finding]:
    death = trial.first.death
    assert death is not None
    if recorded.events != death.promised:
        detail = f"the journal has {recorded.events:,} events, and had promised to keep {death.promised:,}"
        yield Finding(ENGINE_FAULT, trial.point, death.what, details=(detail,))
    started, answered = set(recorded.started), set(recorded.answered)
    early = (
        (line, "before the journal had what it followed from")
        for execution, line in trial.first.executing.items()
        if execution not in started
    )
    late = (
        (line, "again although the journal had its answer")
        for execution, line in second.executing.items()
        if execution in answered
    )
    for line, how in (*early, *late):
        detail = f"{line.address} was executed {how}"
        yield Finding(ENGINE_FAULT, trial.point, death.what, line, details=(detail,))


def _harm(trial: Trial, second: Life, recorded: Recorded, end: End, standard: Standard) -> Iterator[Finding]:
    assert trial.first.death is not None
    point, what = trial.point, trial.first.death.what
    again = _again(trial.first, second, recorded)
    suspects = tuple(line for line in again.values() if line.repeatable is not True)
    files, result = standard.file_differences(end), standard.result_differences(end)
    other_status = any(difference.place == "status" for difference in result)
    if other_status:
        # What isn't there because it ended otherwise needn't be told file by file.
        files = []
    if files and suspects:
        for line in suspects:
            yield Finding(REPEATED_EFFECT, point, what, line, details=_texts(files))
    elif files:
        yield Finding(DIFFERENT_FILES, point, what, None, tuple(again.values()), _texts(files), about=_places(files))
    if other_status:
        yield _other_status(point, what, second, end, standard, suspects)
    elif result:
        first, *others = suspects or (None,)
        shared = tuple(line for line in others if line)
        yield Finding(DIFFERENT_RESULT, point, what, first, shared, _texts(result), about=_places(result))
    for execution, line in again.items():
        # What had not returned was cut off in the middle: it is judged where its own answer is lost.
        if line.repeatable is True or execution not in trial.first.succeeded:
            continue
        if line.repeatable is False and not files:
            yield Finding(REPEATED_EFFECT, point, what, line)
        elif not files and not result:
            yield Finding(EXECUTED_AGAIN, point, what, line)


def _other_status(
    point: CrashPoint, what: str, second: Life, end: End, standard: Standard, suspects: tuple[Executing, ...]
) -> Finding:
    """The run ended in another way: told where it failed, if it did."""
    error = end.result["error"]
    where, told = _failing(error, second)
    address = where.address if where is not None else ""
    how = f" at {told['address']}: {told['message'][:MESSAGE_CHARS_MAX]}" if told else ""
    details = (f"the run {end.result['status']}{how}", f"without a crash it {standard.ends[0].result['status']}")
    if where is None:
        first, *others = suspects or (None,)
        return Finding(DIFFERENT_RESULT, point, what, first, tuple(each for each in others if each), details)
    others = [each for each in suspects if each.address != address]
    return Finding(DIFFERENT_RESULT, point, what, where, tuple(others), details, fails=True)


def _again(first: Life, second: Life, recorded: Recorded) -> dict[Execution, Executing]:
    """What acts on the outside and began in both lives, as it has to, since its answer wasn't kept."""
    answered, started = set(recorded.answered), set(recorded.started)
    return {
        execution: line
        for execution, line in second.executing.items()
        if line.writes and execution in first.executing and execution in started and execution not in answered
    }


def _failing(error: Json, life: Life) -> tuple[Executing | None, Json]:
    """The task that a failure began with, and its failure; None and the failure itself where no task failed."""
    waiting = [error] if error else []
    lines = {line.address: line for line in life.executing.values()}
    while waiting:
        each = waiting.pop()
        if each["address"] in lines:
            return lines[each["address"]], each
        waiting += [*reversed(each.get("errors", [])), *([each["cause"]] if each["cause"] else [])]
    return None, error


def _places(differences: list[Difference]) -> tuple[str, ...]:
    return tuple(difference.place for difference in differences)


def _texts(differences: list[Difference]) -> tuple[str, ...]:
    return tuple(str(difference) for difference in differences)


def _end_text(life: Life, doing: str) -> str:
    if life.overdue:
        return f"the process that {doing} took too long, and was killed"
    how = f"was ended by signal {-life.code}" if life.code < 0 else f"ended with exit code {life.code}"
    text = f"the process that {doing} {how}"
    return f"{text}:\n{life.printed}" if life.printed else text
