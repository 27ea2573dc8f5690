"""What a run needs besides its plan, its inputs and its journal: secrets, environment, surroundings of its steps."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from braid.execution.context import LogSink, RunSurroundings, log_to_python
from braid.execution.observers import watched_by
from braid.execution.placing import Placing, PlacingOf
from braid.execution.secrets import Masker, resolve_secrets
from braid.language.plan import Plan
from braid.language.plan_walk import folders_by_node, reachable_plans
from braid.machine.observer import Observer

GRACE_SECONDS = 5.0
"""How long a cancelled step has before it is reported as not ending."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever starts a run, or goes on with one, may give it.

    Attributes:
        secrets: Wins over the environment, that over `.env` beside the workflow, that over `secrets_dir`.
        env: Stands for the process's environment.
        allow_path: Paths of the workflow may leave its folder.
        grace: Seconds a cancelled step has before it is reported as not ending.
        log: Takes what steps log.
        placing: Makes what carries tasks out; that of a test may answer in their place.
    """

    secrets: Mapping[str, str] = msgspec.field(default_factory=dict)
    secrets_dir: Path | None = None
    env: Mapping[str, str] | None = None
    observers: Sequence[Observer] = ()
    allow_path: bool = False
    grace: float = GRACE_SECONDS
    log: LogSink = log_to_python
    placing: PlacingOf = Placing


class Means:
    """A setting applied to a plan.

    Attributes:
        secrets: Values of the secrets that the plan and the workflows it calls declare.
        environment: Values of the variables that they declare.

    Raises:
        SecretsError: Names all secrets without a value.
    """

    def __init__(self, plan: Plan, setting: Setting) -> None:
        self._plan = plan
        self._setting = setting
        given = os.environ if setting.env is None else setting.env
        plans = reachable_plans(plan)
        declared = [name for each in plans for name in each.secrets]
        self.secrets = resolve_secrets(declared, setting.secrets, given, plan.folder, setting.secrets_dir)
        self.masker = Masker(self.secrets)
        self.folders = folders_by_node(plans)
        self.placing = setting.placing
        self.environment = {name: given[name] for each in plans for name in each.env if name in given}
        self._child_environment = {name: value for name, value in given.items() if name not in self.secrets}

    def surroundings(self, run_id: str, allow_path: bool, token: str) -> RunSurroundings:
        """What all steps of a run have in common, under the claim with this token."""
        setting = self._setting
        return RunSurroundings(
            run_id,
            self._plan.folder,
            self._child_environment,
            self.masker,
            allow_path,
            setting.grace,
            setting.log,
            token,
        )

    def observer(self) -> Observer | None:
        """The setting's observers as one, which is told no secrets."""
        return watched_by(self._setting.observers, self.masker)
