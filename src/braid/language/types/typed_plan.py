"""One file's values, typed: each expression once, in what it sees at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from braid.expressions import Expression, TemplateText, Text
from braid.language import plan
from braid.language.checks.places import Place, Places
from braid.language.types.conditions import conditions_at
from braid.language.types.findings import Finding, Path
from braid.language.types.json_schema import from_schema
from braid.language.types.lattice import (
    INT,
    TEXT,
    UNKNOWN,
    ListOf,
    ObjectOf,
    Type,
    UnionOf,
    type_of,
    union,
)
from braid.language.types.members import item_of
from braid.language.types.outputs import Outputs
from braid.language.types.paths import type_of_path
from braid.language.types.run_values import BRANCH, FAILURE, RUN, TEXTS, record
from braid.language.values import Bound, Constant, Deferred, Joined, ListValue, MappingValue

NO_NAMES: Mapping[str, Type] = {}


class Found(msgspec.Struct, frozen=True):
    """A finding, and the text of the file in which its offsets are."""

    finding: Finding
    value: Bound | Joined
    place: Place | None


class TypedPlan:
    """The types of one file's values.

    Args:
        whole: The compiled file; nothing in its expressions is broken.
        places: Of all its steps.
        called: The typed plan that a `call` runs, where that file has no errors.
        results: What is known of a task step's result besides what its kind says.

    Attributes:
        found: What is wrong, in the order in which expressions were typed.
    """

    def __init__(
        self,
        whole: plan.Plan,
        places: Places,
        called: Callable[[plan.CallNode], TypedPlan | None],
        results: Callable[[plan.TaskNode, Mapping[str, Type]], Type],
    ) -> None:
        self.whole = whole
        self.places = places
        self.found: list[Found] = []
        self.outputs = Outputs(self._in_step, self._output_of_call, results)
        self._called = called
        self._typed: dict[int, Type] = {}
        self._inputs: Type | None = None
        self._variables: dict[str, Type] | None = None
        self._known: dict[int, Any] = {}  # Any: narrowings, which only Jinja's part needs
        self._output: Type | None = None
        self._is_open = False

    def value(
        self, value: Any, place: Place | None, own: Mapping[str, Type] = NO_NAMES, *, conditional: bool = True
    ) -> Type:
        """The type of a value of the file.

        Args:
            value: As compiled; see `language.values`.
            place: The step that it stands in; None at the top of the file.
            own: Names that mean something in it only.
            conditional: The step's `if` holds where it is evaluated.
        """
        match value:
            case Bound() | Joined():
                known = self._typed.get(id(value))
                if known is None:
                    # Whoever asks meanwhile, as a step that uses its own last output does, gets to know nothing.
                    self._typed[id(value)] = UNKNOWN
                    known = self._typed[id(value)] = self._bound(value, StepNames(self, place, own), conditional)
                return known
            case Constant():
                return type_of(value.value)
            case ListValue():
                return ListOf(items=[self.value(each, place, own, conditional=conditional) for each in value.items])
            case MappingValue():
                return ObjectOf(
                    {key: self.value(each, place, own, conditional=conditional) for key, each in value.items}
                )
            case Deferred():
                return self.value(value.inner, place, {**own, **dict.fromkeys(value.names, UNKNOWN)})
        return UNKNOWN

    def output(self) -> Type:
        """The run's result."""
        if self._output is None:
            if self._is_open:  # a file that calls itself
                return UNKNOWN
            self._is_open = True
            whole = self.whole
            end = self.outputs.of_body(whole.body) if whole.output is None else self.value(whole.output, None)
            returned = [
                self._in_step(node.value, node, NO_NAMES)
                for node in self.places.by_node
                if isinstance(node, plan.ReturnNode)
            ]
            self._output = union((end, *returned))
            self._is_open = False
        return self._output

    def inputs(self) -> Type:
        """`inputs`."""
        if self._inputs is None:
            specs = self.whole.inputs
            kinds = {name: from_schema(spec.definition) for name, spec in specs.items()}
            self._inputs = ObjectOf(kinds, rest=UNKNOWN)
        return self._inputs

    def variables(self) -> Type:
        """`vars`: while one of them is typed, those above it."""
        if self._variables is None:
            self._variables = {}
            for name, value in self.whole.variables.items():
                self._variables[name] = self.value(value, None)
        return ObjectOf(self._variables, rest=UNKNOWN)

    def step(self, step: str) -> Type:
        """The output of a step, where it ran."""
        place = self.places.by_id.get(step)
        return UNKNOWN if place is None else self.outputs.of(place.node)

    def _in_step(self, value: plan.Resolvable, node: plan.Node, own: Mapping[str, Type]) -> Type:
        return self.value(value, self.places.by_node.get(node), own)

    def _output_of_call(self, node: plan.CallNode) -> Type:
        called = self._called(node)
        return UNKNOWN if called is None else called.output()

    def _bound(self, value: Bound | Joined, names: StepNames, conditional: bool) -> Type:
        found: list[Finding] = []
        text = value.text if isinstance(value, Joined) else value.expression
        match text:
            case Expression():
                kind = self._expression(text, value, names, conditional, found)
            case Text():
                kinds = [self._expression(each, value, names, conditional, found) for each in text.expressions]
                kind = kinds[0] if text.single is not None and isinstance(value, Bound) else TEXT
            case TemplateText():
                from braid.language.types.trees import type_of_template

                def of_template(known: Mapping[Path, Type], mine: list[Finding]) -> Type:
                    return type_of_template(text.source, names, known, mine)

                kind = self._narrowed(of_template, value, names, conditional, found)
            case _:
                kind = UNKNOWN
        self.found += [Found(each, value, names.place) for each in found]
        return kind

    def _expression(
        self,
        expression: Expression,
        value: Bound | Joined,
        names: StepNames,
        conditional: bool,
        found: list[Finding],
    ) -> Type:
        source, offset = expression.inner
        plain = expression.plain

        def of_expression(known: Mapping[Path, Type], mine: list[Finding]) -> Type:
            if plain is not None:
                return type_of_path(plain, names, known, mine)
            from braid.language.types.trees import type_of_expression

            return type_of_expression(source, names, known, mine)

        mine: list[Finding] = []
        kind = self._narrowed(of_expression, value, names, conditional, mine)
        if offset:
            mine = [msgspec.structs.replace(each, start=each.start + offset, end=each.end + offset) for each in mine]
        found += mine
        return kind

    def _narrowed(
        self,
        typing: Callable[[Mapping[Path, Type], list[Finding]], Type],
        value: Bound | Joined,
        names: StepNames,
        conditional: bool,
        found: list[Finding],
    ) -> Type:
        """The type by what the conditions around say, which are asked only where they can make a difference."""
        mine: list[Finding] = []
        kind = typing({}, mine)
        if mine or isinstance(kind, UnionOf):
            known = self._narrowing(value, names, conditional)
            if known:
                mine.clear()
                kind = typing(known, mine)
        found += mine
        return kind

    def _narrowing(self, value: Bound | Joined, names: StepNames, conditional: bool) -> Mapping[Path, Type]:
        """What the conditions around say of the names that are used."""
        place = names.place
        if place is None:
            return {}
        conditions = [
            (condition, holds)
            for condition, holds in conditions_at(place, own=conditional and place.node.condition is not value)
            if condition is not value
        ]
        if not conditions:
            return {}
        used = {_root(use.reference.name, use.reference.path) for use in value.uses}
        known: dict[Path, Type] = {}
        for condition, holds in conditions:
            if used & {_root(use.reference.name, use.reference.path) for use in condition.uses}:
                from braid.language.types.trees import known_from

                known.update(known_from(condition, holds, names, known))
        return known


def _root(name: str, path: tuple[str | int, ...]) -> str:
    """The name that a reference is about; of `steps.x.status` the step."""
    return str(path[0]) if name == "steps" and path else name


class StepNames(msgspec.Struct, frozen=True):
    """What a value in a step sees, as types; whether it may see it is the business of `checks.walk`."""

    types: TypedPlan
    place: Place | None
    own: Mapping[str, Type]

    def named(self, name: str) -> Type:
        known = self.own.get(name)
        if known is not None:
            return known
        place = self.types.places.by_id.get(name)
        if place is not None:
            return self.types.outputs.of(place.node)
        match name:
            case "inputs":
                return self.types.inputs()
            case "vars":
                return self.types.variables()
            case "secrets" | "env":
                return TEXTS
            case "run":
                return RUN
            case "error":
                return FAILURE
            case "branch":
                return BRANCH
            case "iteration":
                return INT
            case "result":
                return UNKNOWN if self.place is None else self.types.outputs.result(self.place.node)
        return self._bound(name)

    def record(self, step: str) -> Type:
        return record(self.types.step(step))

    def _bound(self, name: str) -> Type:
        """The item of a foreach around, or its number."""
        for outer, node in foreaches_around(self.place):
            if name == node.variable:
                return item_of(self.types.value(node.items, outer))
            if name == "index":
                return INT
        return UNKNOWN


def foreaches_around(place: Place | None) -> Iterator[tuple[Place, plan.ForeachNode]]:
    """The blocks whose item a step is part of, inside out."""
    for each in place.upwards() if place is not None else ():
        if each.outer is not None and each.part.role == "item" and isinstance(each.outer.node, plan.ForeachNode):
            yield each.outer, each.outer.node
