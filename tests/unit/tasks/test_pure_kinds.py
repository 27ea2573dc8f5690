"""The kinds that are computed inside the machine, `delay` and `log`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from braid.language.task_kind import PureTask, TaskError
from braid.tasks.assert_ import Assert
from braid.tasks.delay import Delay
from braid.tasks.fail import Fail
from braid.tasks.filter import Filter
from braid.tasks.log import Log
from braid.tasks.map import Map
from braid.tasks.reduce import Reduce
from braid.testing.fake_context import FakeContext, act

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_lists_are_mapped_filtered_and_folded_in_order() -> None:
    items = ["a", "b", "c"]

    assert Map().evaluate({"items": items, "to": lambda item, index: f"{index}{item}"}) == ["0a", "1b", "2c"]
    assert Filter().evaluate({"items": items, "where": lambda item, index: item != "b" and index < 9}) == ["a", "c"]
    fold = {"items": items, "to": lambda item, index, acc: f"{acc}{item}{index}"}
    assert Reduce().evaluate({**fold, "initial": ">"}) == ">a0b1c2"
    assert Reduce().evaluate({**fold, "items": []}) is None


@pytest.mark.parametrize("kind", [Map(), Filter(), Reduce()])
def test_what_is_no_list_is_refused(kind: PureTask) -> None:
    fields: dict[str, Any] = {"to": lambda **names: 1, "where": lambda **names: True}
    with pytest.raises(TaskError, match=r"`items` must be a list, and is an object; write `\| dict2items`"):
        kind.evaluate({**fields, "items": {"a": 1}})
    with pytest.raises(TaskError, match="and is text"):
        kind.evaluate({**fields, "items": "abc"})


def test_text_without_an_expression_is_found_before_the_run() -> None:
    (problem,) = Map().check({"to": "item.name"})

    assert problem.path == ("to",)
    assert "{{ item.name }}" in problem.help
    assert list(Reduce().check({"to": 0})) == []


def test_failure_has_its_message_and_type() -> None:
    with pytest.raises(TaskError) as caught:
        Fail().evaluate({"message": "why", "type": "mine"})
    assert (caught.value.message, caught.value.type, caught.value.retryable) == ("why", "mine", False)


@pytest.mark.parametrize("that", [False, None, 0, "", []])
def test_assertion_that_does_not_hold_fails(that: Any) -> None:
    with pytest.raises(TaskError, match="doesn't hold"):
        Assert().evaluate({"that": that})
    with pytest.raises(TaskError, match=r"^mine$"):
        Assert().evaluate({"that": that, "message": "mine"})


def test_assertion_that_holds_gives_null() -> None:
    assert Assert().evaluate({"that": [0]}) is None


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({"duration": "1h30m"}, NOW + timedelta(minutes=90)),
        ({"duration": "PT1S"}, NOW + timedelta(seconds=1)),
        ({"until": "2026-01-06T10:00:00+02:00"}, datetime(2026, 1, 6, 8, tzinfo=UTC)),
        ({"until": "2026-01-06T10:00"}, datetime(2026, 1, 6, 10, tzinfo=UTC)),
        ({"until": datetime(2020, 1, 1)}, datetime(2020, 1, 1, tzinfo=UTC)),
        ({"until": date(2026, 2, 1)}, datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_delay_ends_when_it_says(fields: Any, due: datetime) -> None:
    assert Delay().due(fields, NOW) == due


@pytest.mark.parametrize(
    "fields",
    [{}, {"duration": "1s", "until": "2026-01-06"}, {"duration": "soon"}, {"duration": 5}, {"until": "tomorrow"},
     {"until": 5}, {"until": "9999-01-01"}, {"duration": "1000000d"}],
)  # fmt: skip
def test_delay_that_makes_no_sense_fails(fields: Any) -> None:
    with pytest.raises(TaskError) as caught:
        Delay().due(fields, NOW)
    assert caught.value.type == "arguments"


async def test_message_reaches_the_log(context: FakeContext) -> None:
    assert await act(Log(), {"message": {"a": [1]}, "level": "warning"}, context) is None
    assert context.lines == [("warning", '{"a":[1]}')]
