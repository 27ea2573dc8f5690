"""A bare expression: what stands in `if:`, or between `{{` and `}}`."""

from braid.expressions.errors import EvaluationError, ExpressionSyntaxError
from braid.expressions.explanation import explained, missing_member, missing_name
from braid.expressions.members import NOT_THERE, member
from braid.expressions.paths import PlainPath, Reference, plain_path
from braid.expressions.scope import Scope
from braid.expressions.values import Method, Value, not_called


class Expression:
    """One expression, parsed but not compiled; immutable.

    Attributes:
        source: The text as it was given.
        references: The uses of free variables, with offsets into `source`.
        raw: It ends in `| raw`.
    """

    __slots__ = ("_inner", "_offset", "_path", "raw", "references", "source")

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self._offset = start
        self._inner = source[start:end]
        self._path = plain_path(self._inner)
        self.raw = False
        if self._path is not None:
            found: tuple[Reference, ...] = (self._path.reference,)
        else:
            # Jinja is loaded only by who needs it: it makes up half of the time of a process start.
            from braid.expressions.programs import analysed_expression

            try:
                analysis = analysed_expression(self._inner)
            except ExpressionSyntaxError as error:
                raise error.shifted(start) from None
            found, self.raw = analysis.references, analysis.raw
        self.references = shifted(found, start)

    @property
    def names(self) -> frozenset[str]:
        """The free variables."""
        return frozenset(reference.name for reference in self.references)

    @property
    def span(self) -> tuple[int, int]:
        """Where the expression stands in `source`, without the space around it."""
        start = self._offset + len(self._inner) - len(self._inner.lstrip())
        return start, max(start, self._offset + len(self._inner.rstrip()))

    @property
    def inner(self) -> tuple[str, int]:
        """The expression itself, and its offset in `source`."""
        return self._inner, self._offset

    @property
    def plain(self) -> PlainPath | None:
        """The path that the expression is, if it is nothing else; with offsets into `inner`."""
        return self._path

    def evaluate(self, scope: Scope) -> Value:
        """The value of the expression.

        Raises:
            EvaluationError: Whatever went wrong, with its place in `source`.
        """
        if self._path is not None:
            try:
                return _follow(self._path, scope)
            except EvaluationError as error:
                raise error.shifted(self._offset) from None
        from braid.expressions.programs import analysed_expression, run_expression

        try:
            return run_expression(self._inner, scope)
        except Exception as error:  # Filters and Python raise anything; authors get one kind of error.
            references = analysed_expression(self._inner).references
            raise explained(error, self._inner, references, scope).shifted(self._offset) from None

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


def compile_expression(source: str) -> Expression:
    """Parse a bare expression, as in `if:`; one `{{ ... }}` around it is accepted.

    Raises:
        ExpressionSyntaxError: With offsets into `source`.
    """
    start, end = 0, len(source)
    stripped = source.strip()
    if stripped.startswith("{{"):
        from braid.expressions.text import interpolation_end

        opening = source.index("{{")
        inner, after = interpolation_end(source, opening)
        if source[after:].strip():
            raise ExpressionSyntaxError(
                "this is a text, where one expression belongs",
                after,
                len(source.rstrip()),
                "leave out `{{` and `}}`",
            )
        start, end = inner
    elif "{%" in stripped and not any(quote in stripped for quote in "'\""):
        place = source.index("{%")
        raise ExpressionSyntaxError(
            "`{%` can't stand in an expression", place, place + 2, "statements are only for `template:` text"
        )
    return Expression(source, start, end)


def shifted(references: tuple[Reference, ...], by: int) -> tuple[Reference, ...]:
    """The same references in a text in which the expression begins at offset `by`."""
    if by == 0:
        return references
    return tuple(Reference(one.name, one.path, one.start + by, one.end + by, one.guarded) for one in references)


def _follow(path: PlainPath, scope: Scope) -> Value:
    reference = path.reference
    try:
        value = scope.lookup(reference.name)
    except KeyError:
        end = reference.start + len(reference.name)
        raise missing_name(reference.name, scope, reference.start, end) from None
    for key in reference.path:
        found = member(value, key)
        if found is NOT_THERE:
            raise _not_there(path, scope)
        value = found
    if type(value) is Method:
        raise not_called(value).located(reference.start, reference.end)
    return value


def _not_there(path: PlainPath, scope: Scope) -> EvaluationError:
    """Walk again to the step that fails; the successful walk shouldn't pay for counting."""
    reference = path.reference
    value = scope.lookup(reference.name)
    for index, key in enumerate(reference.path):
        found = member(value, key)
        if found is NOT_THERE:
            shown = _written(reference.name, reference.path[:index])
            return missing_member(value, key, shown, reference.start, path.ends[index + 1])
        value = found
    raise AssertionError("the first walk found a step that is missing")


def _written(name: str, path: tuple[str | int, ...]) -> str:
    parts = (f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{key!r}]" for key in path)
    return name + "".join(parts)
