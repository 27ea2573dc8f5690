"""Jinja2 as this language needs it: nothing reachable that isn't listed, everything limited, exact places."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context, LoopContext, Macro, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing, pass_context

from braid.expressions.errors import EvaluationError, MissingValueError
from braid.expressions.limits import ITERATIONS_MAX, OUTPUT_CHARS_MAX, WORK_ITEMS_MAX
from braid.expressions.members import NOT_THERE, member
from braid.expressions.operators import apply_operator, concatenate, negate, posit
from braid.expressions.scope import Scope, fraction_from, limited_range, uuid_from
from braid.expressions.tokens import Closers, expression_tokens, template_tokens
from braid.expressions.values import Absent, Method, Value, kind_of, plain, to_text, too_long
from braid.expressions.vocabulary import FILTERS, TESTS

_WORK_CHARS_MAX: Final = 4 * OUTPUT_CHARS_MAX  # Text inside macros and blocks counts once for each level.
_LOOP_FIELDS: Final = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"}
    | {"previtem", "nextitem", "cycle", "changed"}
)


class Missing(StrictUndefined, Absent):
    """What stands for a value that isn't there, until it is used or a guard replaces it.

    Reading on from it gives another one, so that `a.b.c | default(0)` works whatever is missing; the
    first one is what an error names.
    """

    __slots__ = ("_place",)

    def __init__(
        self,
        hint: str | None = None,
        obj: Value = missing,
        name: Value = None,
        exc: Any = None,  # Jinja's signature; the exception is always ours
        place: tuple[int, int, int] = (-1, -1, -1),
    ) -> None:
        super().__init__(hint, obj, name, lambda _: MissingValueError(self))  # type: ignore[arg-type]  # a factory
        self._place = place

    def fail(self) -> NoReturn:
        raise MissingValueError(self)

    def describe(self) -> tuple[str | None, Value, Value, tuple[int, int, int]]:
        """Hint, the value without the member (`missing` for a variable), the member, and where."""
        return self._undefined_hint, self._undefined_obj, self._undefined_name, self._place


class ScopeContext(Context):
    """Jinja's view of a scope, and the account of one evaluation's work."""

    def __init__(self, environment: "Sandbox", scope: Scope, functions: dict[str, Value]) -> None:
        super().__init__(environment, {}, None, {})
        self.scope = scope
        self._functions = functions
        self._iterations = 0
        self._chars = 0
        self._items = 0

    def resolve_or_missing(self, key: str) -> Value:
        if key in self.vars:
            return self.vars[key]
        try:
            return self.scope.lookup(key)
        except KeyError:
            pass
        function = self._functions.get(key)
        return missing if function is None else Function(function, self.scope)

    def count_iteration(self, chars: int = 0) -> None:
        """Account for one loop iteration or call, which writes `chars` of static text."""
        self._iterations += 1
        if self._iterations > ITERATIONS_MAX:
            raise EvaluationError(f"the template's loops and calls go beyond {ITERATIONS_MAX:,}", "limit")
        self.count_chars(chars)

    def count_items(self, *values: Value) -> None:
        """Account for lists and objects that were gone through or made."""
        for value in values:
            if isinstance(value, (list, dict)):
                self._items += len(value)
                if self._items > WORK_ITEMS_MAX:
                    message = f"the lists that are made and gone through have more than {WORK_ITEMS_MAX:,} items in all"
                    raise EvaluationError(message, "limit")

    def count_chars(self, chars: int) -> None:
        """Account for text that is written."""
        self._chars += chars
        if self._chars > _WORK_CHARS_MAX:
            raise too_long()


class Function:
    """A function such as `now`, bound to the scope it asks."""

    __slots__ = ("_function", "_scope")

    def __init__(self, function: Callable[..., Value], scope: Scope) -> None:
        self._function = function
        self._scope = scope

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        return self._function(self._scope, *args, **kwargs)


# Any: functions with different parameters after the scope.
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "now": lambda scope: scope.now(),
    "uuid": lambda scope: uuid_from(scope.entropy()),
    "random": lambda scope: fraction_from(scope.entropy()),
    "range": lambda scope, *bounds: limited_range(*bounds),
    "dict": lambda scope, *args, **kwargs: dict(*args, **kwargs),
}
_TEMPLATE_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = _FUNCTIONS | {
    "namespace": lambda scope, *args, **kwargs: Namespace(*args, **kwargs)
}


class _Generator(CodeGenerator):
    """Hands places to the reads, and watches over what Jinja's generated code would do unasked."""

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        self.write("environment.getattr(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {_place(node, len(node.attr) + 1)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        if isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("environment.getitem(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {_place(node, 1)!r})")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        self.write("environment.literal_list(")
        super().visit_List(node, frame)
        self.write(")")

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self.write("environment.literal_object(")
        super().visit_Dict(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.concatenate((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_CondExpr(self, node: nodes.CondExpr, frame: Frame) -> None:  # noqa: N802
        if node.expr2 is None:
            # Jinja would give a lenient undefined, which prints as nothing; `x if y` is null here.
            node.expr2 = nodes.Const(None, lineno=node.lineno)
        super().visit_CondExpr(node, frame)


def watch_loops(tree: nodes.Template) -> None:
    """Let each `for` of a template go through `_iterate`, which counts."""
    for loop in list(tree.find_all(nodes.For)):
        chars = sum(len(data.data) for child in loop.body for data in _static_texts(child))
        loop.iter = nodes.Filter(loop.iter, " iterate", [nodes.Const(chars)], [], None, None, lineno=loop.iter.lineno)


def _static_texts(node: nodes.Node) -> Iterator[nodes.TemplateData]:
    if isinstance(node, nodes.TemplateData):
        yield node
    yield from node.find_all(nodes.TemplateData)


def _place(node: nodes.Getattr | nodes.Getitem, width: int) -> tuple[int, int, int]:
    """Where the value before the dot or bracket begins, where it ends, and where the member ends."""
    start = min([node.node.lineno, *(child.lineno for child in node.node.find_all(nodes.Node))])
    return start, node.lineno, node.lineno + width


class _ExpressionGenerator(_Generator):
    """For a bare expression: yields its value instead of its text."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802
        self.writeline("yield ", node)
        self.visit(node.nodes[0], frame)


@pass_context
def _write(context: ScopeContext, value: Value) -> str:
    text = to_text(value)
    context.count_chars(len(text))
    return text


@pass_context
def _iterate(context: ScopeContext, items: Value, chars: int) -> Iterator[Value]:
    if isinstance(items, Absent):
        items.fail()
    if isinstance(items, (int, float)) or items is None:
        raise EvaluationError(f"`for` can't go through {kind_of(items)}", "type")
    for item in items:
        context.count_iteration(chars)
        yield item


class PlacedStream(TokenStream):
    """Tokens whose line numbers are offsets, and, once all are read, the pairs of brackets."""

    def __init__(self, tokens: Iterator[Token], closers: Closers) -> None:
        self.closers = closers
        super().__init__(tokens, None, None)


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of every expression and template of the process."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))
    intercepted_unops = frozenset(("+", "-"))
    code_generator_class = _Generator
    functions: dict[str, Value] = _FUNCTIONS

    def __init__(self) -> None:
        super().__init__(
            undefined=Missing,
            # No constant folding: what a filter refuses must be refused where it is evaluated.
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=0,
        )
        self.globals.clear()
        self.filters = {" iterate": _iterate}
        for name, entry in FILTERS.items():
            self.filters[name] = pass_context(_counted(entry.call, entry.needs_scope))
        self.tests = {name: entry.call for name, entry in TESTS.items()}

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        closers = Closers()
        if state == "variable":
            return PlacedStream(expression_tokens(source, closers), closers)
        return PlacedStream(template_tokens(source, self.lexer, closers), closers)

    # Reads

    def getattr(self, obj: Value, attribute: str, place: tuple[int, int, int] = (-1, -1, -1)) -> Value:
        return self.getitem(obj, attribute, place)

    def getitem(self, obj: Value, argument: Value, place: tuple[int, int, int] = (-1, -1, -1)) -> Value:
        if isinstance(obj, Missing):
            return obj
        if isinstance(obj, (LoopContext, Namespace, Macro)):
            return self._own_attribute(obj, argument, place)
        found = member(obj, argument)
        if found is NOT_THERE:
            return Missing(obj=obj, name=argument, place=place)
        return found

    def _own_attribute(self, obj: Value, name: Value, place: tuple[int, int, int]) -> Value:
        allowed = (
            name in _LOOP_FIELDS
            if isinstance(obj, LoopContext)
            else isinstance(obj, Namespace) and isinstance(name, str) and not name.startswith("_")
        )
        value = getattr(obj, name, missing) if allowed else missing
        return Missing(obj=obj, name=name, place=place) if value is missing else value

    # Calls and operators

    def call(__self, __context: Context, __obj: Value, *args: Value, **kwargs: Value) -> Value:  # noqa: N805
        assert isinstance(__context, ScopeContext)
        __context.count_iteration()
        for value in (__obj, *args, *kwargs.values()):
            if isinstance(value, Absent):
                value.fail()
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        if isinstance(__obj, LoopContext):
            if len(args) != 1:
                raise EvaluationError("`loop(...)` takes the items of the next level", "type")
            return __obj(_iterate(__context, args[0], 0))
        if isinstance(__obj, Macro):
            return __context.call(__obj, *args, **kwargs)
        if isinstance(getattr(__obj, "__self__", None), LoopContext):
            return __obj(*args, **kwargs)
        if not isinstance(__obj, (Method, Function)):
            raise EvaluationError(
                f"{kind_of(__obj)} can't be called",
                "type",
                help="a key wins over a method of the same name; filters such as `| items` always work",
            )
        result = __obj(*args, **kwargs)
        __context.count_items(result)
        return result

    def call_binop(self, context: Context, operator: str, left: Value, right: Value) -> Value:
        result = apply_operator(operator, left, right)
        if isinstance(result, list):
            assert isinstance(context, ScopeContext)
            context.count_items(result)
        return result

    def call_unop(self, context: Context, operator: str, arg: Value) -> Value:
        return negate(arg) if operator == "-" else posit(arg)

    concatenate = staticmethod(concatenate)

    @staticmethod
    def literal_list(items: list[Value]) -> list[Value]:
        """`[a, b]`, each item a value."""
        return [plain(item) for item in items]

    @staticmethod
    def literal_object(items: dict[Value, Value]) -> dict[Value, Value]:
        """`{a: b}`, keys and values there."""
        return {plain(key): plain(item) for key, item in items.items()}


def _counted(function: Callable[..., Value], needs_scope: bool) -> Callable[..., Value]:
    def call(context: ScopeContext, value: Value, *args: Value, **kwargs: Value) -> Value:
        result = function(context.scope, value, *args, **kwargs) if needs_scope else function(value, *args, **kwargs)
        context.count_items(value, result)
        return result

    return call


class ExpressionSandbox(Sandbox):
    """For bare expressions and interpolations: the result is a value."""

    code_generator_class = _ExpressionGenerator


class TemplateSandbox(Sandbox):
    """For templates with statements: the result is text."""

    functions = _TEMPLATE_FUNCTIONS

    def __init__(self) -> None:
        super().__init__()
        self.finalize = _write
