"""Task kinds that exist only for tests of the language: each shows one way to declare fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from braid.language.task_kind import (
    FieldProblem,
    FieldRule,
    Interpolation,
    PureTask,
    TaskFields,
    TaskRegistry,
    Value,
    described,
)


class Nested(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    token: Annotated[str, described("The token.")]
    header: str = "Authorization"


class WebFields(TaskFields):
    url: Annotated[str, described("Where to.", FieldRule(join=lambda parts: "".join(map(str, parts))))]
    method: Annotated[Literal["GET", "POST"], described("The verb.")] = "GET"
    headers: Annotated[dict[str, str], described("Header lines.")] = msgspec.field(default_factory=dict)
    tries: Annotated[int, described("How often.", ge=1, le=5)] = 1
    codes: Annotated[list[int], described("Accepted status codes.", min_length=1, max_length=3)] = msgspec.field(
        default_factory=lambda: [200]
    )
    auth: Annotated[Nested | None, described("Who asks.")] = None
    body: Annotated[str | bytes | None, described("What is sent.")] = None
    wait: Annotated[str, described("How long.", FieldRule(format="duration"))] = "1s"
    ratio: Annotated[float, described("A share.", gt=0, lt=1)] = 0.5
    tag: Annotated[str, described("A tag.", pattern="^[a-z]+$", max_length=5)] = "x"
    file: Annotated[str, described("A file.", FieldRule(format="path"))] = "x"
    form: Annotated[dict[str, Any], described("A form.", FieldRule(format="schema"))] = msgspec.field(
        default_factory=dict
    )


class CodeFields(TaskFields):
    code: Annotated[
        str,
        described(
            "Python.", FieldRule(Interpolation.REFUSED, format="code", help="hand values over with `with: {name: …}`")
        ),
    ]


class EachFields(TaskFields):
    items: Annotated[Any, described("The list.")]
    where: Annotated[
        Callable[..., Any], described("The condition.", FieldRule(Interpolation.EXPRESSION, names=("item",)))
    ]


class NoteFields(TaskFields):
    text: Annotated[str, described("The text.")]
    level: Annotated[Literal["info", "error"], described("How loud.")] = "info"


class AnyFields(TaskFields):
    value: Annotated[Any, described("Any value.")]


class Sample(PureTask):
    """Gives its fields back."""

    result = "the fields"
    example = ""

    def evaluate(self, fields: Mapping[str, Value]) -> Value:
        return dict(fields)


class Web(Sample):
    name = "web"
    fields = WebFields
    summary = "Asks a server."

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        url = constants.get("url")
        if isinstance(url, str) and " " in url:
            yield FieldProblem(("url",), "a URL has no spaces", "write `%20`", "bad-url", offset=url.index(" "))
        if "x" in constants.get("headers", {}):
            yield FieldProblem(("headers", "x"), "no such header")


class Code(Sample):
    name = "code"
    fields = CodeFields
    summary = "Runs Python."
    shorthand = "code"


class Each(Sample):
    name = "each_item"
    fields = EachFields
    summary = "Chooses items."


class Note(Sample):
    name = "note"
    fields = NoteFields
    summary = "Writes a line."
    shorthand = "text"


class Put(Sample):
    name = "put"
    fields = AnyFields
    summary = "Gives a value."
    shorthand = "value"
    whole_body = True


class Faulty(Sample):
    name = "faulty"
    fields = NoteFields
    summary = "Has a check that breaks."
    shorthand = "text"

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        raise ValueError("out of cheese")


class BrokenPoint:
    """An entry point whose module can't be imported."""

    value = "nowhere:Kind"

    def load(self) -> Any:  # Any: as importlib.metadata.EntryPoint
        raise ImportError("no module named nowhere")


def sample_registry() -> TaskRegistry:
    """The sample kinds, none of the installed ones, and `broken`, which can't be loaded."""
    kinds = (Web(), Code(), Each(), Note(), Put(), Faulty())
    return TaskRegistry(added={kind.name: kind for kind in kinds}, _points={"broken": BrokenPoint()})
