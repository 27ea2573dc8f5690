"""Braid in Python: load, check, run and resume workflows, and make task kinds of functions.

What is heavy (asyncio, the executor) is imported when something runs.
"""

from braid.api.resuming import aresume, resume
from braid.api.running import arun, run
from braid.api.tasks import task
from braid.api.workflows import Workflow, check, load
from braid.execution.refusals import InputsError, ResumeError, SecretsError
from braid.language.task_kind import TaskKindError
from braid.report.run_result import RunFailedError, RunResult
from braid.report.run_tree import StepReport

__all__ = [
    "InputsError",
    "ResumeError",
    "RunFailedError",
    "RunResult",
    "SecretsError",
    "StepReport",
    "TaskKindError",
    "Workflow",
    "aresume",
    "arun",
    "check",
    "load",
    "resume",
    "run",
    "task",
]
