"""How filters and tests are defined: with a sentence and an example that a test executes."""

import inspect
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import ITEMS_MAX
from braid.expressions.members import NOT_THERE, member
from braid.expressions.values import Absent, Method, Value, finite, kind_of, not_called

# Any: filters take what their own parameters say.
Function = TypeVar("Function", bound=Callable[..., Any])


class Entry(msgspec.Struct, frozen=True):
    """One filter or test.

    Attributes:
        name: As authors write it.
        section: The heading under which the reference lists it.
        summary: One sentence.
        example, gives: An expression, and its value, executed by a test.
        call: The function, which refuses missing values and explains misuse.
        needs_scope: `call` takes the scope first.
        alias_of: The name of which this is another spelling, or "".
        signature: The parameters after the value, as shown in the reference.
    """

    name: str
    section: str
    summary: str
    example: str
    gives: Value
    call: Callable[..., Value]
    needs_scope: bool = False
    alias_of: str = ""
    signature: str = ""


FILTERS: Final[dict[str, Entry]] = {}
TESTS: Final[dict[str, Entry]] = {}


class Vocabulary:
    """Registers the filters or tests of one section."""

    def __init__(self, section: str, table: dict[str, Entry] = FILTERS) -> None:
        self._section = section
        self._table = table

    def define(
        self,
        name: str,
        summary: str,
        example: str,
        gives: Value,
        *,
        aliases: Iterable[str] = (),
        needs_scope: bool = False,
        accepts_missing: bool = False,
    ) -> Callable[[Function], Function]:
        """A decorator that registers its function under `name`.

        Args:
            name, summary, example, gives, needs_scope: See `Entry`.
            aliases: Other names for the same.
            accepts_missing: The function is asked even if the value isn't there.
        """

        def register(function: Function) -> Function:
            call = _careful(name, function, accepts_missing, "filter" if self._table is FILTERS else "test")
            signature = _signature(function, 2 if needs_scope else 1)
            for spelling, alias_of in [(name, ""), *((alias, name) for alias in aliases)]:
                assert spelling not in self._table, f"`{spelling}` is defined twice"
                self._table[spelling] = Entry(
                    spelling, self._section, summary, example, gives, call, needs_scope, alias_of, signature
                )
            return function

        return register


def _signature(function: Callable[..., Any], skipped: int) -> str:
    parameters = list(inspect.signature(function).parameters.values())[skipped:]
    shown = ", ".join(str(one.replace(annotation=inspect.Parameter.empty)) for one in parameters)
    return f"({shown})" if shown else ""


def _careful(name: str, function: Callable[..., Value], accepts_missing: bool, word: str) -> Callable[..., Value]:
    def call(*args: Value, **kwargs: Value) -> Value:
        for value in args[1:] if accepts_missing else args:
            if isinstance(value, Absent):
                value.fail()
            if type(value) is Method:
                raise not_called(value)
        for value in kwargs.values():
            if isinstance(value, Absent):
                value.fail()
        try:
            found = function(*args, **kwargs)
            return finite(found) if type(found) is float or type(found) is Decimal else found
        except TypeError as error:
            raise _misused(name, function, args, kwargs, error, word) from None
        except (ValueError, KeyError, OverflowError) as error:
            # Whatever a library says of the value, the filter is where the author has to look.
            raise EvaluationError(f"`{name}`: {error}", "value") from None

    return call


def _misused(
    name: str,
    function: Callable[..., Value],
    args: tuple[Value, ...],
    kwargs: dict[str, Value],
    error: TypeError,
    word: str,
) -> EvaluationError:
    signature = inspect.signature(function)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as misfit:
        return EvaluationError(
            f"the {word} `{name}` was given the wrong arguments: {misfit}",
            "type",
            help=f"write `{name}{_signature(function, 1)}`",
        )
    from braid.expressions.operators import explain_type_error

    explained = explain_type_error(error)
    explained.message = f"`{name}`: {explained.message}"
    return explained


def text_of(name: str, value: Value) -> str:
    """The value, if it is text.

    Raises:
        EvaluationError: It isn't; `name` is the filter that wants it.
    """
    if not isinstance(value, str):
        raise EvaluationError(f"`{name}` needs text, not {kind_of(value)}", "type")
    return value


def items_of(name: str, value: Value) -> list[Value]:
    """The items of a list, as a new list."""
    if not isinstance(value, (list, tuple, range)):
        raise EvaluationError(f"`{name}` needs a list, not {kind_of(value)}", "type")
    return list(value)


def limited_items(name: str, count: int) -> None:
    """Refuse to make a list of more than `ITEMS_MAX` items."""
    if count > ITEMS_MAX:
        raise EvaluationError(f"`{name}` would give more than {ITEMS_MAX:,} items", "limit")


def pick(name: str, value: Value, path: Value) -> Value:
    """What `path`, such as "address.city" or 0, reads from `value`; null paths read the value itself."""
    if path is None:
        return value
    steps: list[Value] = list(path.split(".")) if isinstance(path, str) else [path]
    for step in steps:
        found = member(value, int(step) if isinstance(step, str) and step.isdigit() else step)
        if found is NOT_THERE or type(found) is Method:
            raise EvaluationError(
                f"`{name}`: an item ({kind_of(value)}) has no `{step}`",
                "undefined",
                help=f"not every item has it: choose first, `| selectattr('{step}', 'defined')`",
            )
        value = found
    return value


def pick_or(value: Value, path: Value, otherwise: Value) -> Value:
    """The same, or `otherwise` where it isn't there."""
    try:
        return pick("", value, path)
    except EvaluationError:
        return otherwise
