"""Lives one life of a run: begins it or goes on with it, and dies where it was told to.

`python -m braid.testing.prove_child INSTRUCTIONS.json` lives one by hand.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from braid.api.running import finished
from braid.diagnostics import DiagnosticsError
from braid.execution.launch import Launch, Run
from braid.execution.means import GRACE_SECONDS, Means, Setting
from braid.execution.own_loop import Interruptible, run_in_own_loop
from braid.execution.refusals import InputsError, ResumeError, SecretsError
from braid.execution.reopening import Reopened, reopened
from braid.execution.resumption import Resumption
from braid.execution.secrets import Masker
from braid.history.replay import Replay
from braid.journal.errors import JournalError
from braid.journal.run_names import RunNameError
from braid.journal.state_folder import make_state_folder
from braid.language.document import read_document
from braid.language.load import load_plan
from braid.language.plan import Plan
from braid.machine.commands import StartTask
from braid.machine.events import TaskCancelled, TaskFailed, TaskSucceeded
from braid.machine.outcome import Outcome
from braid.report.json_values import json_value
from braid.report.run_result import RunResult, status_of
from braid.report.run_tree import RunTree, error_json
from braid.testing.mocks import MockedRun, read_mocks
from braid.testing.mortal_journal import MortalJournal
from braid.testing.prove_life import RUN_ID, Execution, Instructions, Json, Recorded, Report, decoded, encoded
from braid.testing.prove_witness import Witness, WitnessedPlacing

_REFUSALS = (DiagnosticsError, InputsError, SecretsError, ResumeError, RunNameError, JournalError)


def live(instructions: Instructions) -> None:
    """Live one life in this process, which has no other use."""
    os.chdir(instructions.cwd)
    try:
        report = _lived(instructions)
    except _REFUSALS as error:
        report = Report(refused=str(error))
    instructions.report.write_bytes(encoded(report))


def _lived(instructions: Instructions) -> Report:
    plan = load_plan(instructions.workflow, name=instructions.shown, allow_path=instructions.allow_path)
    make_state_folder(instructions.state)
    witness = Witness(instructions.log)
    journal = MortalJournal(instructions.state, instructions.crash, witness.dying)
    mocks = _mocks(instructions, plan)
    tree = RunTree()
    setting = Setting(
        observers=(tree,), allow_path=instructions.allow_path, placing=partial(WitnessedPlacing, witness, mocks)
    )
    recorded = Recorded()
    run: Run | Resumption
    if instructions.resumes:
        found = reopened(journal, RUN_ID, plan)
        means = Means(found.recorded, setting)
        outcome, recorded = _looked_at(found, journal, means, mocks)
        if found.record.ending is not None and outcome is not None:
            # The crash came after its very end: there is nothing to go on with, and its result is what it was.
            return Report(result=_result_of(outcome, means.masker), recorded=recorded)
        run = found.as_it_is(setting)
    else:
        run = Run(_launch(instructions, plan, setting))

    async def main(interruptible: Interruptible) -> RunResult:
        try:
            return await finished(run, tree, journal, interruptible.attached)
        finally:
            await journal.close()

    result = run_in_own_loop(main, GRACE_SECONDS).to_json()
    shown = {"status": result["status"], "output": result["output"], "error": _without_trace(result["error"])}
    return Report(result=shown, writes=journal.writes, seconds=result["duration"], recorded=recorded)


def _launch(instructions: Instructions, plan: Plan, setting: Setting) -> Launch:
    return Launch(
        plan=plan,
        inputs=instructions.inputs,
        max_concurrency=instructions.max_concurrency,
        run_id=RUN_ID,
        observers=setting.observers,
        allow_path=setting.allow_path,
        placing=setting.placing,
    )


def _mocks(instructions: Instructions, plan: Plan) -> MockedRun:
    if instructions.mocks is None:
        return MockedRun({})
    mocks, problems = read_mocks(read_document(instructions.mocks, "mocks").root, plan)
    if problems:
        raise DiagnosticsError(problems)
    return MockedRun(mocks)


def _looked_at(
    found: Reopened, journal: MortalJournal, means: Means, mocks: MockedRun
) -> tuple[Outcome | None, Recorded]:
    """What the journal knows of the run, before this life adds to it."""
    segment = found.segment
    replay = Replay(segment.files, segment.kinds, lambda files, kinds: found.recorded, secrets=means.secrets)
    started: dict[Execution, StartTask] = {}
    answered: list[Execution] = []
    count = 0
    for event in segment.events(journal):
        count += 1
        for command in replay.take(event):
            if isinstance(command, StartTask):
                started[command.address, command.attempt] = command
        if isinstance(event, TaskSucceeded | TaskFailed | TaskCancelled):
            answered.append((event.address, event.attempt))
            asked = started.get(answered[-1])
            if asked is not None and not isinstance(event, TaskCancelled):
                mocks.was_answered(asked.node, event.address)
    return replay.machine.outcome, Recorded(events=count, started=tuple(started), answered=tuple(answered))


def _result_of(outcome: Outcome, masker: Masker) -> Json:
    status, output, error = status_of(outcome)
    told = None if error is None else error_json(masker.failure(error))
    return {"status": status, "output": json_value(masker.value(output)), "error": _without_trace(told)}


def _without_trace(error: Json) -> Json:
    """A failure, without the places in Python's files that it came from: code of a step has another name each time."""
    match error:
        case dict():
            return {key: _without_trace(value) for key, value in error.items() if key != "traceback"}
        case list():
            return [_without_trace(value) for value in error]
        case _:
            return error


if __name__ == "__main__":
    live(decoded(Path(sys.argv[1]).read_bytes(), Instructions))
