"""The `python` kind."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from braid.language.task_kind import Placement, TaskError
from braid.tasks.python import Python, PythonFields
from braid.testing.fake_context import FakeContext, act


async def python(context: FakeContext, **fields: Any) -> Any:
    return await act(Python(), fields, context)


def problems(**constants: Any) -> list[str]:
    return [problem.message for problem in Python().check(constants)]


async def test_code_has_its_arguments_as_names_and_returns(context: FakeContext) -> None:
    code = '"""doc"""\nimport math\nif x:\n    return math.floor(x) + y\nreturn None'

    assert await python(context, code=code, **{"with": {"x": 2.5, "y": 1}}) == 3


async def test_code_keeps_its_texts_and_lines(context: FakeContext) -> None:
    assert await python(context, code='return """a\n  b\nc"""') == "a\n  b\nc"


async def test_code_that_awaits_runs_on_the_loop(context: FakeContext) -> None:
    code = "import asyncio, threading\nawait asyncio.sleep(0)\nreturn threading.current_thread().name"

    assert await python(context, code=code) == threading.current_thread().name


async def test_await_inside_an_inner_function_does_not_make_the_code_async(context: FakeContext) -> None:
    code = "async def f():\n    await g()\nreturn 1"

    assert Python().placement(PythonFields(code=code), context) is Placement.THREAD


async def test_function_of_the_folder_is_called(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "work_a.py").write_text("class Shop:\n    @staticmethod\n    def price(n, tax=0): return n + tax\n")

    assert await python(context, call="work_a:Shop.price", **{"with": {"n": 5}}) == 5


async def test_function_may_import_from_the_folder_when_it_runs(context: FakeContext, tmp_path: Path) -> None:
    package = tmp_path / "pack_a"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("VALUE = 7")
    (tmp_path / "work_b.py").write_text(
        "def now():\n    from pack_a import inner\n    return inner.VALUE\n"
        "async def later():\n    import pack_a.inner\n    return pack_a.inner.VALUE\n"
    )

    assert await python(context, call="work_b:now") == 7
    assert await python(context, call="work_b:later") == 7
    assert str(tmp_path) not in sys.path


async def test_two_folders_may_have_a_module_of_the_same_name(tmp_path: Path) -> None:
    contexts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same_name.py").write_text("import same_other\ndef f(): return same_other.NAME")
        (tmp_path / name / "same_other.py").write_text(f"NAME = '{name}'")
        contexts.append(FakeContext(tmp_path / name))

    assert [await python(context, call="same_name:f") for context in [*contexts, *contexts]] == ["one", "two"] * 2


async def test_folder_is_not_importable_elsewhere(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("def f(): return 1")
    (tmp_path / "only_here_too.py").write_text("")
    await python(context, call="only_here:f")

    with pytest.raises(ModuleNotFoundError):
        __import__("only_here_too")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("no_such_module_x:f", "no module `no_such_module_x`"),
        ("work_c:calculat", "did you mean `calculate`"),
        ("work_c:NUMBER", "not a function"),
        ("work_c_broken:f", "can't be imported: ZeroDivisionError"),
        ("work_c_syntax:f", "can't be imported: SyntaxError"),
        ("work_c_needs:f", "imports `no_such_module_y`"),
        ("work_c_exits:f", "SystemExit"),
        ("queue:f", "rename it"),
    ],
)
async def test_function_that_is_not_there_is_explained(
    call: str, words: str, context: FakeContext, tmp_path: Path
) -> None:
    (tmp_path / "work_c.py").write_text("NUMBER = 1\ndef calculate(): pass")
    (tmp_path / "work_c_broken.py").write_text("1 / 0")
    (tmp_path / "work_c_syntax.py").write_text("def f(:")
    (tmp_path / "work_c_needs.py").write_text("import no_such_module_y")
    (tmp_path / "work_c_exits.py").write_text("raise SystemExit")
    (tmp_path / "queue.py").write_text("def f(): pass")
    with pytest.raises(TaskError, match=words) as caught:
        await python(context, call=call)
    assert caught.value.type == "import"
    assert not caught.value.retryable


async def test_failure_shows_the_authors_frames_only(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "work_d.py").write_text("def f(x):\n    return inner(x)\ndef inner(x):\n    raise KeyError(x)\n")
    with pytest.raises(TaskError, match="'k'") as caught:
        await python(context, call="work_d:f", **{"with": {"x": "k"}})

    assert caught.value.type == "KeyError"
    traceback = caught.value.details["traceback"]
    assert "raise KeyError(x)" in traceback
    assert "tasks/python.py" not in traceback


async def test_failure_in_code_shows_its_line(context: FakeContext) -> None:
    with pytest.raises(TaskError, match="division") as caught:
        await python(context, code="x = 1\nreturn x / 0")

    assert "line 2" in caught.value.details["traceback"]
    assert "return x / 0" in caught.value.details["traceback"]


@pytest.mark.parametrize("awaits", ["", "import asyncio; await asyncio.sleep(0)\n"])
@pytest.mark.parametrize("ending", ["import sys; sys.exit(3)", "raise SystemExit", "raise KeyboardInterrupt"])
async def test_code_can_not_end_the_engine(ending: str, awaits: str, context: FakeContext) -> None:
    with pytest.raises(TaskError) as caught:
        await python(context, code=f"{awaits}{ending}")
    assert caught.value.type in ("SystemExit", "KeyboardInterrupt")


async def test_code_in_a_thread_can_not_close_the_coroutine_that_waits_for_it(context: FakeContext) -> None:
    with pytest.raises(TaskError) as caught:
        await python(context, code="raise GeneratorExit")
    assert caught.value.type == "GeneratorExit"


async def test_task_error_of_the_author_is_the_failure(context: FakeContext) -> None:
    code = "from braid.language.task_kind import TaskError\nraise TaskError('no', type='mine', retryable=False)"
    with pytest.raises(TaskError) as caught:
        await python(context, code=code)
    assert (caught.value.type, caught.value.retryable) == ("mine", False)


async def test_cancelling_reaches_async_code(context: FakeContext) -> None:
    seen: list[str] = []
    started = asyncio.Event()

    async def wait() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cleaned")

    context.function = wait
    running = asyncio.ensure_future(python(context))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert seen == ["cleaned"]


async def test_function_of_a_program_is_called(tmp_path: Path) -> None:
    def add(a: int, b: int) -> int:
        return a + b

    context = FakeContext(tmp_path, function=functools.partial(add, b=2))

    assert await python(context, **{"with": {"a": 1}}) == 3


async def test_function_written_in_c_takes_its_arguments_by_name(context: FakeContext) -> None:
    assert await python(context, call="math:sqrt", **{"with": {"x": 16}}) == 4


async def test_arguments_that_do_not_fit_are_named(context: FakeContext, tmp_path: Path) -> None:
    (tmp_path / "work_e.py").write_text("def f(a, b=1): pass")
    with pytest.raises(TaskError, match=r"`f\(a, b=1\)`.*'c'") as caught:
        await python(context, call="work_e:f", **{"with": {"a": 1, "c": 2}})
    assert (caught.value.type, caught.value.retryable) == ("arguments", False)


async def test_placement_follows_isolation(context: FakeContext) -> None:
    class Caller:
        async def __call__(self) -> None: ...

    async def later() -> None: ...

    placements = []
    for function in (later, functools.partial(later), Caller(), lambda: None, print):
        context.function = function
        placements.append(Python().placement(PythonFields(), context))
    assert placements == [Placement.LOOP] * 3 + [Placement.THREAD] * 2
    context.function = later
    assert Python().placement(PythonFields(isolation="thread"), context) is Placement.THREAD
    assert Python().placement(PythonFields(isolation="process"), context) is Placement.PROCESS


async def test_async_function_runs_in_a_thread_as_well(context: FakeContext) -> None:
    code = "import asyncio, threading\nawait asyncio.sleep(0)\nreturn threading.current_thread().name"

    assert await python(context, code=code, isolation="thread") != threading.current_thread().name


@pytest.mark.parametrize(
    ("code", "words", "offset"),
    [
        ("x = (1\nreturn x", "never closed", 4),
        ("a = 1\nb = = 2", "invalid syntax", 10),
        ("a = 1\nyield a", "return a list", 6),
        ("from os import *", "import", 15),
    ],
)
def test_mistake_in_code_is_found_with_its_place(code: str, words: str, offset: int) -> None:
    (problem,) = Python().check({"code": code})

    assert words in problem.message
    assert problem.offset == offset
    assert problem.path == ("code",)


def test_constant_mistakes_are_found() -> None:
    assert problems(call="os.path.join") == ["`os.path.join` doesn't name a function"]
    assert problems(code="return 1", **{"with": {"a-b": 1}}) == ["`a-b` can't be a local name in Python"]
    assert problems(code="return x", **{"with": {"x": 1}}) == []
