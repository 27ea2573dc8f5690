"""Whatever an evaluation raised, as one `EvaluationError` that names the place."""

from types import TracebackType

from braid.expressions.errors import EvaluationError, MissingValueError
from braid.expressions.members import member_names, method_names
from braid.expressions.paths import Reference
from braid.expressions.scope import GLOBAL_NAMES, Scope
from braid.expressions.values import Value, kind_of

_SHOWN_KEYS_MAX = 8


def missing_name(name: str, scope: Scope, start: int, end: int) -> EvaluationError:
    """The error for a variable that isn't visible."""
    known = sorted(set(scope.names()) | GLOBAL_NAMES)
    return EvaluationError(
        f"`{name}` is not known here",
        "undefined",
        start=start,
        end=end,
        help=_way_out(name, known, "known here"),
    )


def missing_member(subject: Value, key: Value, shown: str, start: int, end: int) -> EvaluationError:
    """The error for a key, index or method that `subject` doesn't have; `shown` is how it was written."""
    if subject is None:
        message, way_out = f"`{shown}` is null, so it has no `{key}`", "say what then: `| default(...)`"
    elif isinstance(key, str) and key.startswith("_"):
        return EvaluationError(
            f"`{key}`: names that start with an underscore can't be read", "security", start=start, end=end
        )
    elif isinstance(subject, (list, tuple, str)) and isinstance(key, int):
        unit = "characters" if isinstance(subject, str) else "items"
        message, way_out = f"`{shown}` has {len(subject)} {unit}, so there is no `[{key}]`", ""
    elif isinstance(subject, (list, tuple)):
        message = f"`{shown}` is a list and has no `{key}`"
        way_out = f"read one item, `[0].{key}`, or all: `| map(attribute='{key}')`"
    elif isinstance(subject, dict) or member_names(subject):
        message = f"`{shown}` has no key `{key}`"
        way_out = _way_out(str(key), member_names(subject), "it has")
    else:
        message = f"`{shown}` is {kind_of(subject)} and has no `{key}`"
        way_out = _way_out(str(key), method_names(subject), "")
    return EvaluationError(message, "undefined", start=start, end=end, help=way_out)


def _way_out(name: str, known: list[str], heading: str) -> str:
    from braid.diagnostics import nearest

    close = nearest(name, known)
    parts = [f"did you mean `{close}`?"] if close else []
    if heading and known:
        more = f" and {len(known) - _SHOWN_KEYS_MAX} more" if len(known) > _SHOWN_KEYS_MAX else ""
        parts.append(f"{heading}: {', '.join(known[:_SHOWN_KEYS_MAX])}{more}")
    return " ".join(parts)


def explained(
    error: Exception, source: str, references: tuple[Reference, ...], scope: Scope, offset: int = -1
) -> EvaluationError:
    """The error for an author.

    Args:
        error: What was raised.
        source: The expression or template.
        references: Its references.
        scope: What it saw.
        offset: Where the statement begins whose evaluation failed, if that is known.
    """
    whole = (offset, _statement_end(source, offset)) if offset >= 0 else _trimmed(source)
    match error:
        case MissingValueError():
            return _explained_missing(error.missing, source, references, scope).located(*whole)
        case EvaluationError():
            return error.located(*whole)
        case TypeError():
            from braid.expressions.operators import explain_type_error

            found = explain_type_error(error)
        case RecursionError() | MemoryError() | OverflowError():
            found = EvaluationError("the evaluation is nested too deeply or its result too large", "limit")
        case ZeroDivisionError():
            found = EvaluationError("division by zero", "value")
        case _:
            found = _explained_other(error)
    return found.located(*whole)


def _explained_other(error: Exception) -> EvaluationError:
    from jinja2.exceptions import SecurityError, TemplateRuntimeError

    text = str(error) or type(error).__name__
    if isinstance(error, SecurityError):
        return EvaluationError(text, "security")
    if isinstance(error, TemplateRuntimeError):
        return EvaluationError(text.rstrip("."), "type")
    if isinstance(error, KeyError):
        return EvaluationError(f"there is no key {text}", "undefined")
    return EvaluationError(text, "value")


def _explained_missing(
    missing: object, source: str, references: tuple[Reference, ...], scope: Scope
) -> EvaluationError:
    from jinja2.utils import missing as no_subject

    from braid.expressions.sandbox import Missing

    assert isinstance(missing, Missing)
    hint, subject, name, (start, dot, end) = missing.describe()
    if hint:
        return EvaluationError(hint.rstrip("."), "undefined")
    if subject is not no_subject:
        shown = source[start:dot].strip() if start >= 0 else "the value"
        return missing_member(subject, name, shown, start, _member_end(source, dot, end))
    uses = [reference for reference in references if reference.name == name]
    use = next((reference for reference in uses if not reference.guarded), uses[0] if uses else None)
    if use is None:
        return missing_name(name, scope, -1, -1)
    return missing_name(name, scope, use.start, use.start + len(name))


def _member_end(source: str, dot: int, end: int) -> int:
    if 0 <= dot < len(source) and source[dot] == "[":
        closing = source.find("]", dot)
        return closing + 1 if closing >= 0 else end
    return end


def _trimmed(source: str) -> tuple[int, int]:
    start = len(source) - len(source.lstrip())
    return start, max(len(source.rstrip()), start)


def _statement_end(source: str, start: int) -> int:
    ends = [place for place in (source.find("}}", start), source.find("%}", start)) if place >= 0]
    # Jinja may place what failed on the braces themselves.
    return max(len(source[: min(ends)].rstrip()), start) if ends else len(source)


def last_line(traceback: TracebackType | None, code_name: str) -> int:
    """The line of generated code that was being run, innermost first; -1 if none was."""
    line = -1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == code_name:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
