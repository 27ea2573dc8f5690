"""The Python API: what it takes, what it refuses before anything runs, and what it gives back."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import braid
from braid.language.task_kind import registry


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        path = tmp_path / "w.braid.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def own_kinds() -> Iterator[None]:
    before = dict(registry.added)
    yield
    registry.added.clear()
    registry.added.update(before)


def test_importing_braid_imports_nothing_heavy() -> None:
    heavy = ["asyncio", "yaml", "jinja2", "msgspec", "aiohttp", "rich", "jsonschema_rs", "click"]
    program = f"import sys, braid; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


def test_every_public_name_exists() -> None:
    assert all(getattr(braid, name) is not None for name in braid.__all__)


def test_a_file_and_the_same_workflow_in_python_give_the_same(write: Any) -> None:
    path = write("name: w\nsteps:\n  - id: p\n    parallel: {max_concurrency: 2, branches: [[{set: 1}], [{set: 2}]]}\n")
    built = braid.Workflow(
        name="w",
        steps=[
            braid.Parallel(
                id="p",
                branches=[[braid.Task(kind="set", body=1)], [braid.Task(kind="set", body=2)]],
                max_concurrency=2,
            )
        ],
    )
    assert braid.run(path).output == braid.run(built).output == [1, 2]


def test_wrong_inputs_are_refused_all_at_once(write: Any) -> None:
    path = write("name: w\ninputs: {count: {type: integer}, city: {type: string}}\nsteps: [{set: 1}]\n")
    with pytest.raises(braid.InputsError) as caught:
        braid.run(path, {"count": "x", "citi": "Lima"}, run_id="../x", max_concurrency=0)
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    assert "did you mean `city`" in text
    assert "`city` is required" in text


def test_missing_secrets_are_refused_all_at_once_and_short_ones_too(write: Any) -> None:
    path = write("name: w\nsecrets: [ONE, TWO, THREE]\nsteps: [{set: 1}]\n")
    with pytest.raises(braid.SecretsError) as caught:
        braid.run(path, env={}, secrets={"THREE": "abc"})
    assert [problem.split("`")[1] for problem in caught.value.problems] == ["ONE", "TWO", "THREE"]
    assert "abc" not in str(caught.value)


def test_a_secret_comes_from_the_argument_then_environment_then_dotenv_then_file(write: Any, tmp_path: Path) -> None:
    path = write("name: w\nsecrets: [A, B, C, D]\nsteps: [{set: 1}]\n")
    (tmp_path / ".env").write_text("A=dotenv-a\nB=dotenv-b\nC=dotenv-c\n")
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in "ABCD":
        (folder / name).write_text(f"file-{name}\n")
    from braid.execution.launch import Launch, Run

    run = Run(
        Launch(
            plan=braid.load(path),
            secrets={"A": "argument"},
            env={"A": "environment", "B": "environment"},
            secrets_dir=folder,
        )
    )
    assert run.secrets == {"A": "argument", "B": "environment", "C": "dotenv-c", "D": "file-D"}


def test_a_secret_reaches_the_task_and_nothing_that_is_kept(write: Any) -> None:
    from braid.journal.codec import encode_event
    from braid.journal.memory import MemoryJournal

    path = write(
        "name: w\nsecrets: [TOKEN]\nenv: [TOKEN]\nsteps:\n"
        "  - id: a\n    python: {code: 'return [len(token), {token: token}, token.encode()]', "
        "with: {token: '{{ secrets.TOKEN }}'}}\n"
        "  - id: b\n    fail: {message: 'no {{ secrets.TOKEN }}'}\n"
    )
    journal = MemoryJournal()
    result = braid.run(path, env={"TOKEN": "hunter2hunter2"}, journal=journal, run_id="r")
    kept = b"".join(encode_event(event) for event in journal.events("r"))
    assert result.steps["a"].output == [14, {"***": "***"}, b"***"]
    assert b"hunter2" not in kept
    assert "hunter2" not in json.dumps(result.to_json())
    assert "no ***" in str(result.error)


def test_raise_for_status_tells_step_and_message(write: Any) -> None:
    result = braid.run(write("name: w\nsteps:\n  - id: a\n    fail: {message: enough}\n"))
    assert result.status == "failed"
    with pytest.raises(braid.RunFailedError, match="a: enough"):
        result.raise_for_status()


def test_run_inside_a_loop_says_to_await_arun(write: Any) -> None:
    path = write("name: w\nsteps: [{set: 1}]\n")

    async def scenario() -> Any:
        with pytest.raises(RuntimeError, match="arun"):
            braid.run(path)
        return (await braid.arun(path)).output

    assert asyncio.run(scenario()) == 1


def test_steps_of_late_items_are_counted_and_failed_ones_kept(write: Any) -> None:
    path = write(
        "name: w\nsteps:\n  - id: f\n    foreach:\n      items: '{{ range(1500) | list }}'\n      settle: true\n"
        "      steps:\n        - id: a\n          assert: {that: 'item != 1400', message: late}\n"
    )
    result = braid.run(path)
    assert result.succeeded
    assert len(result.steps) == 1 + 1000 + 1
    assert result.steps_counted == 499
    assert result.steps["f/1400/a"].status == "failed"


def test_a_failing_observer_is_dropped_and_the_run_goes_on(write: Any) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("a bug of the observer")

    assert braid.run(write("name: w\nsteps: [{set: 1}]\n"), observer=Broken()).output == 1


def test_a_function_becomes_a_task_kind(write: Any, own_kinds: None) -> None:
    @braid.task
    async def greet(name: str, times: int = 1) -> str:
        """Says hello."""
        return f"hello {name} " * times

    @braid.task(name="where")
    def place(context: Any) -> str:
        return str(context.address)

    path = write(
        "name: w\nsteps:\n  - id: a\n    greet: Lima\n  - id: b\n    greet: {name: Oslo, times: 2}\n"
        "  - id: c\n    where: {}\noutput: ['{{ a }}', '{{ b }}', '{{ c }}']\n"
    )
    assert braid.run(path).output == ["hello Lima ", "hello Oslo hello Oslo ", "c"]
    assert registry.get("greet").summary == "Says hello."
    wrong = braid.check(write("name: w\nsteps:\n  - greet: {nam: Oslo}\n"))
    assert any("nam" in problem.message for problem in wrong)


def test_a_task_kind_cannot_take_the_name_of_another(own_kinds: None) -> None:
    with pytest.raises(braid.TaskKindError, match="already"):
        braid.task(name="shell")(lambda: None)


def test_a_function_with_star_arguments_is_refused_in_words(own_kinds: None) -> None:
    with pytest.raises(braid.TaskKindError, match="by name"):

        @braid.task
        def loose(*things: int) -> None: ...


def test_a_lambda_and_a_local_function_are_carried_over() -> None:
    def thrice(n: int) -> int:
        return 3 * n

    steps = [
        braid.Task(id="a", kind="python", function=lambda n: n + 1, body={"with": {"n": 1}}),
        braid.Task(id="b", kind="python", function=thrice, body={"with": {"n": "{{ a }}"}}),
    ]

    assert braid.run(braid.Workflow(name="functions", steps=steps)).output == 6


def test_the_output_is_the_callers_own_and_no_part_of_the_plan(write: Any) -> None:
    plan = braid.load(write("name: w\nsteps: [{id: a, set: {x: [1], y: {z: 1}}}]\noutput: {a: '{{ a }}', b: [1]}\n"))
    first = braid.run(plan, no_journal=True).output
    first["a"]["x"].append(2)
    first["a"]["y"]["z"] = 9
    first["b"].append(2)

    assert braid.run(plan, no_journal=True).output == {"a": {"x": [1], "y": {"z": 1}}, "b": [1]}
