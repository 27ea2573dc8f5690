"""Reading and checking workflows."""

from __future__ import annotations

import os
from pathlib import Path

from braid.diagnostics import Diagnostic
from braid.language import ast
from braid.language.load import check as check_workflow
from braid.language.load import load_plan
from braid.language.plan import Plan

Workflow = str | os.PathLike[str] | ast.Workflow | Plan
"""A file's path, a workflow built of the classes of `braid`, or a plan that `load` gave."""


def load(workflow: Workflow, *, allow_path: bool = False) -> Plan:
    """Read and check a workflow.

    Args:
        workflow: A path, or a workflow built in Python (relative paths in it start at the current folder).
        allow_path: Files that it calls may lie outside of its folder.

    Raises:
        DiagnosticsError: It has errors: all of them, with their places.
    """
    if isinstance(workflow, Plan):
        return workflow
    return load_plan(_loadable(workflow), allow_path=allow_path)


def check(workflow: Workflow, *, allow_path: bool = False) -> list[Diagnostic]:
    """All that is wrong with a workflow and the files it calls; empty when there is nothing, not even a warning."""
    if isinstance(workflow, Plan):
        return list(workflow.warnings)
    return check_workflow(_loadable(workflow), allow_path=allow_path)


def _loadable(workflow: str | os.PathLike[str] | ast.Workflow) -> Path | ast.Workflow:
    return workflow if isinstance(workflow, ast.Workflow) else Path(workflow)
