"""Values of the file that may hold expressions, compiled: constants, texts, lists and mappings of such.

Constants are handed out as they are, without a copy: values are immutable by convention, and what could break the
convention (a task) gets its own copy from the executor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NoReturn, Protocol

import msgspec

from braid.diagnostics import Diagnostic, Span
from braid.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    Reference,
    Scope,
    Text,
    compile_expression,
    compile_template,
    compile_text,
)
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.task_kind import FieldRule, Interpolated, Interpolation, Joiner, Part, Value


class Use(msgspec.Struct, frozen=True):
    """One reference in the file; its place is worked out when it is asked for."""

    reference: Reference
    node: ScalarNode

    @property
    def span(self) -> Span:
        return self.node.locate(self.reference.start, self.reference.end)

    @property
    def text(self) -> str:
        """As the author wrote it: the name with its path."""
        return self.node.text[self.reference.start : self.reference.end]


class Seen(msgspec.Struct, frozen=True, eq=False):
    """A name that an expression used, and the value that it had; see `language.seen`."""

    use: Use
    name: str
    value: Value


class Compiled(Protocol):
    """A `plan.Resolvable` that also tells what it refers to."""

    constant: bool
    uses: tuple[Use, ...]

    def evaluate(self, scope: Scope) -> Value: ...


class Constant:
    """A value without expressions."""

    __slots__ = ("value",)

    constant = True
    uses: tuple[Use, ...] = ()

    def __init__(self, value: Value) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Constant({self.value!r})"

    def evaluate(self, scope: Scope) -> Value:
        return self.value


class _Evaluable(Protocol):
    references: tuple[Reference, ...]

    def evaluate(self, scope: Scope) -> Value: ...


class Bound:
    """A text, template or bare expression together with its place in the file."""

    __slots__ = ("expression", "node", "uses")

    constant = False

    def __init__(self, expression: _Evaluable, node: ScalarNode) -> None:
        self.expression = expression
        self.node = node
        self.uses = tuple(Use(reference, node) for reference in expression.references)

    def evaluate(self, scope: Scope) -> Value:
        try:
            return self.expression.evaluate(scope)
        except EvaluationError as error:
            _raise_placed(error, self, scope)


class Joined:
    """A text whose interpolations are put in by the field's own rule (a shell script, a URL)."""

    __slots__ = ("_joiner", "node", "text", "uses")

    constant = False

    def __init__(self, text: Text, joiner: Joiner, node: ScalarNode) -> None:
        self.text = text
        self._joiner = joiner
        self.node = node
        self.uses = tuple(Use(reference, node) for reference in text.references)

    def rehearse(self) -> None:
        """Join with a harmless word in every place: what is wrong with the places shows before the run.

        Raises:
            EvaluationError: No value can stand where one does; with the place of that one.
        """
        parts: list[Part] = []
        for place in self.text.places():
            if isinstance(place, str):
                parts.append(place)
                continue
            raw, span = place
            parts.append(Interpolated("x", raw))
            try:
                self._joiner(parts)
            except EvaluationError as error:
                raise error.located(*span) from None

    def evaluate(self, scope: Scope) -> Value:
        try:
            parts = self.text.evaluate_parts(scope)
            return self._joiner([part if isinstance(part, str) else Interpolated(*part) for part in parts])
        except EvaluationError as error:
            _raise_placed(error, self, scope)


class ListValue:
    """A list with expressions in it."""

    __slots__ = ("items", "uses")

    constant = False

    def __init__(self, items: tuple[Compiled, ...]) -> None:
        self.items = items
        self.uses = tuple(use for item in items for use in item.uses)

    def evaluate(self, scope: Scope) -> list[Value]:
        return [item.evaluate(scope) for item in self.items]


class MappingValue:
    """A mapping with expressions in its values; also the arguments of a task, field by field.

    Only what was written is in it: defaults are filled in when the fields are validated.
    """

    __slots__ = ("_value", "constant", "items", "uses")

    def __init__(self, items: tuple[tuple[str, Compiled], ...]) -> None:
        self.items = items
        self.constant = _all_constant(item for _, item in items)
        self.uses = tuple(use for _, item in items for use in item.uses)
        self._value: dict[str, Value] | None = None

    def evaluate(self, scope: Scope) -> dict[str, Value]:
        if not self.constant:
            return {key: item.evaluate(scope) for key, item in self.items}
        # Made once, 1 µs a step of a workflow that does nothing else; whoever may change it makes a copy.
        if self._value is None:
            self._value = {key: item.evaluate(scope) for key, item in self.items}
        return self._value


class Deferred:
    """A field with names of its own (`item`, `index`): its value is a function of them."""

    __slots__ = ("inner", "names", "uses")

    constant = False

    def __init__(self, inner: Compiled, names: tuple[str, ...]) -> None:
        self.inner = inner
        self.names = names
        self.uses = tuple(use for use in inner.uses if use.reference.name not in names)

    def evaluate(self, scope: Scope) -> Callable[..., Value]:
        def evaluate(**bindings: Value) -> Value:
            return self.inner.evaluate(ChildScope(scope, bindings))

        return evaluate


class ChildScope:
    """A scope with a few names more."""

    __slots__ = ("_bindings", "_parent")

    def __init__(self, parent: Scope, bindings: Mapping[str, Value]) -> None:
        self._parent = parent
        self._bindings = bindings

    def lookup(self, name: str) -> Value:
        return self._bindings[name] if name in self._bindings else self._parent.lookup(name)

    def names(self) -> Iterator[str]:
        yield from self._bindings
        yield from self._parent.names()

    def now(self) -> datetime:
        return self._parent.now()

    def entropy(self) -> bytes:
        return self._parent.entropy()


class ValueCompiler:
    """Compiles values and collects what is wrong with them and what they refer to, in the order of the calls."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.uses: list[Use] = []

    def value(self, node: Node) -> Compiled:
        """Any value: each text in it may hold `{{ … }}`, and a lone one keeps its type."""
        return self._recorded(self._value(node))

    def expression(self, node: Node, own: frozenset[str] = frozenset()) -> Compiled:
        """A bare expression, as in `if:`; `true` and `false` stand for themselves.

        Args:
            node: The text.
            own: Names that mean something in this expression only, so that they are no mention of a step.
        """
        return self._recorded(self._expression(node), own)

    def arguments(self, fields: Mapping[str, Node], rules: Mapping[str, FieldRule]) -> MappingValue:
        """The fields of a task, each by its rule."""
        items = ((name, self._field(node, rules.get(name, _PLAIN))) for name, node in fields.items())
        compiled = MappingValue(tuple(items))
        self._recorded(compiled)
        return compiled

    def _recorded(self, compiled: Compiled, own: frozenset[str] = frozenset()) -> Compiled:
        if not compiled.constant:
            self.uses.extend(use for use in compiled.uses if use.reference.name not in own)
        return compiled

    def _field(self, node: Node, rule: FieldRule) -> Compiled:
        compiled = self._interpolated(node, rule)
        return Deferred(compiled, rule.names) if rule.names else compiled

    def _interpolated(self, node: Node, rule: FieldRule) -> Compiled:
        match rule.interpolation:
            case Interpolation.REFUSED:
                return Constant(node.to_value())
            case Interpolation.TEMPLATE if isinstance(node, ScalarNode) and isinstance(node.value, str):
                return self._bound(compile_template, node)
            case Interpolation.EXPRESSION:
                return self._expression(node)
        if rule.join is not None and isinstance(node, ScalarNode) and isinstance(node.value, str):
            return self._joined(node, rule.join)
        return self._value(node)

    def _value(self, node: Node) -> Compiled:
        # Recursion is safe: DEPTH_MAX bounds a document, aliases included.
        match node:
            case ScalarNode():
                return self._text(node)
            case SequenceNode():
                items = tuple(self._value(item) for item in node.items)
                return Constant(node.to_value()) if _all_constant(items) else ListValue(items)
            case MappingNode():
                entries = tuple((entry.key.text, self._value(entry.value)) for entry in node.entries)
                constant = _all_constant(value for _, value in entries)
                return Constant(node.to_value()) if constant else MappingValue(entries)

    def _text(self, node: ScalarNode) -> Compiled:
        if not isinstance(node.value, str) or not _may_interpolate(node.text):
            return Constant(node.value)
        return self._bound(compile_text, node)

    def _expression(self, node: Node) -> Compiled:
        if not isinstance(node, ScalarNode):
            return self._value(node)
        if not isinstance(node.value, str):
            return Constant(node.value)
        if not node.text.strip():
            return Constant(None)  # the reader has told
        return self._bound(compile_expression, node)

    def _bound(self, compile_: Callable[[str], _Evaluable], node: ScalarNode) -> Compiled:
        try:
            return Bound(compile_(node.text), node)
        except ExpressionSyntaxError as error:
            return self._broken(error, node)

    def _joined(self, node: ScalarNode, joiner: Joiner) -> Compiled:
        if not _may_interpolate(node.text):
            # Constants go through the joiner too, so that the field always has the same shape.
            try:
                return Constant(joiner([node.text]))
            except EvaluationError as error:
                return self._broken(error, node)
        try:
            joined = Joined(compile_text(node.text), joiner, node)
            joined.rehearse()
        except (ExpressionSyntaxError, EvaluationError) as error:
            return self._broken(error, node)
        return joined

    def _broken(self, error: ExpressionSyntaxError | EvaluationError, node: ScalarNode) -> Constant:
        self.diagnostics.append(
            Diagnostic(
                code="invalid-expression",
                message=error.message,
                span=_place(error, node),
                help=error.help,
            )
        )
        return Constant(None)


_PLAIN = FieldRule()


def _may_interpolate(text: str) -> bool:
    return "{{" in text or "{%" in text


def _all_constant(items: Iterable[Compiled]) -> bool:
    return all(item.constant for item in items)


def _raise_placed(error: EvaluationError, value: Bound | Joined, scope: Scope) -> NoReturn:
    if error.span is None:
        from braid.language.seen import seen_by  # only failures need it

        error.span = _place(error, value.node)
        error.seen = seen_by(error, value.uses, scope)
    raise error


def _place(error: ExpressionSyntaxError | EvaluationError, node: ScalarNode) -> Span:
    return node.locate(error.start, error.end) if error.start >= 0 else node.span
