"""The laws of ARCHITECTURE.md as checks of one run: each raises LawBrokenError, or says nothing.

They take the plain values of a workflow file and a seed, so that a test, a simulation and a search for planted faults
use the same ones.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from braid.diagnostics import DiagnosticsError
from braid.language.compiler import compile_workflow
from braid.language.document import ScalarNode, read_document
from braid.language.plan import Plan
from braid.language.reader import read_workflow
from braid.machine.commands import CancelTask
from braid.machine.events import TaskCancelled
from braid.machine.outcome import Failed, Failure, Outcome, Status, StepRecord, Succeeded
from braid.report.run_result import RunResult
from braid.testing.called import CALLED_FILE, CALLED_TEXT
from braid.testing.driver import START_TIME, Drive, replayed_commands
from braid.testing.flat import BLOCK, FlatParallel, verdict
from braid.testing.reference import Interpretation, interpret
from braid.testing.watcher import LawBrokenError
from braid.testing.work import answer, work_registry

Value = Any  # plain values of a workflow file, see language.task_kind.Value
REGISTRY = work_registry()


def plan_of(values: Mapping[str, Value], *, checked: bool = True) -> Plan:
    """Compile a generated workflow; unchecked, it may say what the checker refuses.

    Raises:
        DiagnosticsError: The checker refuses it, so the generator or the checker is wrong.
    """
    return _plan_of(yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True), checked)


@functools.lru_cache(maxsize=64)
def _plan_of(text: str, checked: bool) -> Plan:
    document = read_document(text, "generated.braid.yaml")
    workflow, problems = read_workflow(document, REGISTRY)
    if workflow is None or problems:
        raise DiagnosticsError(problems)
    compiled = compile_workflow(workflow, document.source, Path.cwd(), REGISTRY, _called)
    if compiled.diagnostics and checked:
        raise DiagnosticsError(compiled.diagnostics)
    return compiled.plan


def _called(path: ScalarNode) -> Callable[[], Plan]:
    """Generated workflows stand in no folder; there is one that they may call."""
    assert path.text == CALLED_FILE, f"generated workflows don't call {path.text}"
    return functools.partial(_plan_of, CALLED_TEXT, True)


def driven(values: Mapping[str, Value], seed: int, **options: Any) -> Drive:  # Any: Drive's own
    """Drive a workflow of `work` steps to its end; breaking laws 2, 5, 9 or 11 on the way raises."""
    drive = Drive(plan_of(values), {"n": 3} if "inputs" in values else {}, answer, seed=seed, **options)
    drive.run()
    return drive


def run_result(values: Mapping[str, Value], inputs: Mapping[str, Value] | None = None) -> RunResult:
    """Run a workflow on the real executor, in real time."""
    from braid.api import run

    return run(plan_of(values), inputs)


def interpreted(values: Mapping[str, Value]) -> Interpretation:
    return interpret(plan_of(values), {"n": 3} if "inputs" in values else {}, answer, start=START_TIME)


def with_limit_one(values: Value) -> Value:
    """The same workflow with every limit 1."""
    if isinstance(values, list):
        return [with_limit_one(value) for value in values]
    if not isinstance(values, dict):
        return values
    return {key: 1 if key == "max_concurrency" else with_limit_one(value) for key, value in values.items()}


def check_reference(values: Mapping[str, Value], seed: int) -> None:
    """Laws 1, 7 and 11: with every limit 1 a run is what the reference interpreter says, step by step."""
    sequential = with_limit_one({"max_concurrency": 1, **values})
    drive = driven(sequential, seed, max_concurrency=1)
    expected = interpreted(sequential)
    require_equal(3, "outcome", told(drive.outcome), told(expected.outcome))
    mine, theirs = drive.watcher.records, expected.records
    for address in theirs:
        if address not in mine:
            raise LawBrokenError(11, f"{address} has no record")
    for address in mine:
        if address not in theirs:
            raise LawBrokenError(7, f"{address} should not have run")
    for address, record in theirs.items():
        require_equal(3, address, recorded(mine[address]), recorded(record))
        if record.reason and not mine[address].reason:
            raise LawBrokenError(11, f"{address} doesn't say why; the reference says `{record.reason}`")


def check_concurrency_changes_nothing(values: Mapping[str, Value], seed: int) -> None:
    """Law 3: with the limits as written and any order of completion, the result is that of limit 1.

    Which of several failures came first may differ, so a failure is compared without its cause, and not at all where
    a graph may have passed on one of several.
    """
    outcome, expected = driven(values, seed).outcome, interpreted(values).outcome
    if isinstance(outcome, Failed) and isinstance(expected, Failed) and '"graph"' in json.dumps(values):
        return
    require_equal(3, "outcome", told(outcome, whole=False), told(expected, whole=False))


def check_replay(values: Mapping[str, Value], seed: int) -> None:
    """Laws 6 and 8: the same events give the same commands in a new machine."""
    drive = driven(values, seed)
    if replayed_commands(drive.plan, drive.events) != drive.commands:
        raise LawBrokenError(6, "a new machine decided something else from the same events")


def check_cancel(values: Mapping[str, Value], seed: int, at: int) -> None:
    """Law 5: a run that is cancelled ends, with nothing running, and isn't called failed."""
    drive = driven(values, seed, cancel_at=at)
    if len(drive.events) > at and isinstance(drive.outcome, Failed) and not drive.plan.finally_:
        raise LawBrokenError(5, "the run was cancelled but is called failed")


def check_flat(flat: FlatParallel, seed: int) -> None:
    """Laws 1, 5, 6 and 7 for one block in any order of completion, judged by the oracle of `flat`."""
    drive = driven(flat.values(), seed)
    expected = verdict(flat, drive.events)
    if expected.type is None:
        assert isinstance(drive.outcome, Succeeded), f"law 6: {drive.outcome}"
        seen = {f"t{index}": expected.ok.get(index, "absent") for index in range(flat.count)}
        require_equal(7, "seen after the block", drive.outcome.value["seen"], seen)
        require_equal(1, "results", without_errors(drive.outcome.value["block"]), expected.output(flat))
    else:
        assert isinstance(drive.outcome, Failed), f"law 5: {drive.outcome}"
        failure = drive.outcome.failure
        require_equal(5, "type", (failure.type, failure.address), (expected.type, BLOCK))
        if expected.cause is not None:
            assert failure.cause is not None, "law 5: the cause is lost"
            require_equal(5, "cause", flat.branch_of(failure.cause.address), expected.cause)
            named = f"b{expected.cause}" if flat.named else str(expected.cause)
            if named not in failure.message:
                raise LawBrokenError(5, f"`{failure.message}` doesn't name branch {named}")
        else:
            indexes = [flat.branch_of((error.cause or error).address) for error in failure.errors]
            require_equal(5, "errors in branch order", indexes, sorted(expected.failed))
    _check_losers(flat, drive, set(expected.ok) | set(expected.failed))


def _check_losers(flat: FlatParallel, drive: Drive, ended: set[int]) -> None:
    """Branches that were in progress at the decision are cancelled, others never start; neither is called failed."""
    started = {flat.branch_of(address) for address in drive.watcher.records if "/" in address}
    commands = [command for commands in drive.commands for command in commands]
    cancelled = {flat.branch_of(command.address) for command in commands if isinstance(command, CancelTask)}
    require_equal(5, "cancelled branches", sorted(cancelled), sorted(started - ended))
    for event in drive.events:
        if isinstance(event, TaskCancelled):
            status = drive.watcher.records[event.address].status
            require_equal(5, f"status of {event.address}", status, Status.CANCELLED)
    if len(started) > len(ended) + flat.limit - 1:
        raise LawBrokenError(5, f"{len(started)} branches started, {len(ended)} ended, the limit is {flat.limit}")


def without_errors(results: Value) -> Value:
    """Settled results without their error objects."""
    if isinstance(results, dict) and "status" in results:
        return {key: value for key, value in results.items() if key != "error"}
    if isinstance(results, dict):
        return {key: without_errors(value) for key, value in results.items()}
    if isinstance(results, list):
        return [without_errors(value) for value in results]
    return results


def without_messages(value: Value) -> Value:
    """Error objects in a value without their message, which is for people."""
    if isinstance(value, list):
        return [without_messages(item) for item in value]
    if isinstance(value, dict):
        hidden = "message" if {"type", "address", "cause"} <= value.keys() else None
        plain = {**value, "errors": unwrapped(value["errors"])} if hidden and "errors" in value else value
        return {key: without_messages(item) for key, item in plain.items() if key != hidden}
    return value


def unwrapped(errors: Value) -> Value:
    """The failures inside entries that only name the branch, and have no place of their own."""
    return [error["cause"] if isinstance(error, dict) and error.get("address") == "" else error for error in errors]


def told(outcome: Outcome | None, *, whole: bool = True) -> Value:
    """An outcome as plain values, to compare."""
    match outcome:
        case Succeeded(value):
            return {"succeeded": without_messages(value) if whole else without_errors(value)}
        case Failed(failure):
            return {"failed": told_failure(failure, whole=whole)}
    return {"ended": type(outcome).__name__}


def told_failure(failure: Failure | None, *, whole: bool = True) -> Value:
    """A failure without its message, which is for people."""
    if failure is None:
        return None
    place = {"type": failure.type, "step": failure.step, "address": failure.address, "attempts": failure.attempts}
    if not whole:
        return place
    # An entry of `errors` is the branch's failure, or that failure named after its branch, which has no place.
    errors = [told_failure(error if error.address else error.cause) for error in failure.errors]
    return {**place, "cause": told_failure(failure.cause), "errors": errors}


def recorded(record: StepRecord) -> Value:
    return {
        "status": record.status.value,
        "output": without_messages(record.output),
        "error": told_failure(record.error),
        "attempts": record.attempts,
    }


def require_equal(law: int, what: str, actual: Value, expected: Value) -> None:
    if actual != expected:
        shown = [json.dumps(value, default=str, indent=1) for value in (actual, expected)]
        raise LawBrokenError(law, f"{what}: got {shown[0]}, expected {shown[1]}")
