"""Every installed task kind keeps to the conformance suite."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from braid.language.task_kind import ActiveTask, FieldProblem, TaskContext, TaskFields, Value, registry
from braid.testing import tasks

KINDS = [registry.get(name) for name in registry.names()]
CHECKS = [
    tasks.check_declaration,
    tasks.check_fields_are_described,
    tasks.check_unknown_field_is_refused,
    tasks.check_wrong_types_are_named,
    tasks.check_constants_are_checked_calmly,
]
HUGE = [{"n": number, "text": tasks.UNICODE} for number in range(20_000)]
RUNS: dict[str, list[dict[str, Any]]] = {
    "log": [{"message": tasks.UNICODE}],
    "python": [
        {"code": "return [x, list(range(200_000))]", "with": {"x": tasks.UNICODE}},
        {"code": "import asyncio; await asyncio.sleep(0); return x", "with": {"x": HUGE}},
    ],
    "read_file": [{"path": "there.json"}],
    "shell": [
        {"args": ["printf", "%s", tasks.UNICODE]},
        {"args": ["cat"], "stdin": HUGE},
        {"run": "sleep 0.05 & sleep 0.05; wait"},
    ],
    "write_file": [{"path": f"{tasks.UNICODE}.json", "content": HUGE}, {"path": "a.csv", "content": HUGE}],
}


class CarelessFields(TaskFields, frozen=True, kw_only=True):
    anything: object = None


class Careless(ActiveTask):
    """Breaks each rule."""

    name = "care-less"
    fields = CarelessFields
    summary = result = example = ""

    def __init__(self) -> None:
        self.state = 1

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        yield FieldProblem((), "somewhere")

    async def run(self, fields: Any, context: TaskContext) -> Value:
        while not context.cancelled:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                await asyncio.Event().wait()


@pytest.mark.parametrize(
    "check", [tasks.check_declaration, tasks.check_fields_are_described, tasks.check_constants_are_checked_calmly]
)
def test_suite_finds_a_careless_kind(check: Any) -> None:
    with pytest.raises(AssertionError):
        check(Careless())


async def test_suite_finds_a_kind_that_does_not_end(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="doesn't end"):
        await tasks.check_cancelling(Careless(), {}, tmp_path, grace=0.05)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind_keeps_to_the_contract(kind: Any, check: Any) -> None:
    check(kind)


@pytest.mark.parametrize("name", RUNS)
async def test_result_can_be_stored_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text('{"é": [1]}')
    kind = registry.get(name)
    assert isinstance(kind, ActiveTask)
    for fields in RUNS[name]:
        await tasks.check_result(kind, fields, tmp_path)


@pytest.mark.parametrize("name", RUNS)
async def test_cancelling_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text('{"é": [1]}')
    kind = registry.get(name)
    assert isinstance(kind, ActiveTask)
    for fields in RUNS[name]:
        await tasks.check_cancelling(kind, fields, tmp_path)


def test_every_acting_kind_is_run_here_or_has_a_server_of_its_own() -> None:
    acting = {kind.name for kind in KINDS if isinstance(kind, ActiveTask)}

    assert acting - set(RUNS) == {"http"}
