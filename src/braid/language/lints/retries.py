"""Retries: of what may act twice, of what may hang, and of what can't come out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from braid.diagnostics import Diagnostic, Label, Span
from braid.language import plan
from braid.language.document import MappingNode
from braid.language.lints.subject import Subject, acts, arguments_of
from braid.language.task_kind import ActiveTask, Effect, PureTask, TaskFields, Value
from braid.language.values import Compiled, Constant, ListValue, MappingValue

_STEPS_NAMED_MAX = 3


def retries_without_timeout(subject: Subject) -> Iterator[Diagnostic]:
    """`retry-without-timeout`: an attempt that hangs is no failure, so it isn't tried again."""
    problem = Diagnostic(
        "retry-without-timeout",
        "an attempt may take as long as it likes, and isn't tried again meanwhile",
        None,
        label="without a `timeout`",
        help="say how long an attempt may take, such as `timeout: 30s`",
        severity="warning",
    )
    yield from _told(problem, [node for node in _retried(subject) if node.timeout is None], subject)


def retries_that_act_twice(subject: Subject) -> Iterator[Diagnostic]:
    """`retry-not-idempotent`: a failed attempt may have done its work before it failed."""
    problem = Diagnostic(
        "retry-not-idempotent",
        "a failed attempt may have acted, and the next one acts again",
        None,
        label="tried again",
        help="say `idempotent: true` if that does no harm; else make it harmless, or don't retry",
        severity="warning",
    )
    doubtful = [node for node in _retried(subject) if node.idempotent is None and not _is_repeatable(node)]
    yield from _told(problem, doubtful, subject)


def _retried(subject: Subject) -> Iterator[plan.TaskNode]:
    """Steps that act on the outside and are tried again."""
    return (node for node in subject.tasks() if acts(node) and node.retry is not None and not _is_once(node.retry))


def _is_once(retry: plan.RetryPolicy) -> bool:
    return isinstance(retry.attempts, Constant) and retry.attempts.value == 1


def _told(problem: Diagnostic, nodes: list[plan.TaskNode], subject: Subject) -> Iterator[Diagnostic]:
    """At the `retry` of each step; once, at `defaults`, for those that have theirs from there."""
    inherited = []
    for node in nodes:
        if subject.written(node, "retry") is None:
            inherited.append(node)
        else:
            yield replace(problem, span=subject.span(node, "retry"))
    if inherited:
        named = [Label(node.span, "this step") for node in inherited[:_STEPS_NAMED_MAX] if node.span is not None]
        more = len(inherited) - len(named)
        notes = (f"and {more} step{'s' if more > 1 else ''} more",) if more else ()
        yield replace(problem, span=_default_retry(subject), related=tuple(named), notes=notes)


def _default_retry(subject: Subject) -> Span | None:
    defaults = subject.origin.get("defaults")
    key = defaults.key_node("retry") if isinstance(defaults, MappingNode) else None
    return key.span if key is not None else None


def _is_repeatable(node: plan.TaskNode) -> bool:
    """Whether acting twice is known to do no harm, or can't be told before the run."""
    kind = node.task
    if not isinstance(kind, ActiveTask) or kind.effect is not Effect.WRITES:
        return True
    names = _names(kind.fields)
    given = {names[key]: _likely(value) for key, value in arguments_of(node).items()}
    try:
        return kind.repeatable(kind.fields(**given)) is True
    except (TypeError, AttributeError):  # a field is worked out as a whole, such as `headers`
        return True


@lru_cache(maxsize=500)
def _names(fields: type[TaskFields]) -> Mapping[str, str]:
    """Key of the file → name of the field."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(fields)}


def _likely(value: Compiled) -> Value:
    """The value, with a word in the place of what only the run can tell."""
    match value:
        case Constant():
            return value.value
        case MappingValue():
            return {key: _likely(item) for key, item in value.items}
        case ListValue():
            return [_likely(item) for item in value.items]
    return "x"


def pointless_retries(subject: Subject) -> Iterator[Diagnostic]:
    """`pointless-retry`: one attempt is no retry, and what is computed gives the same again."""
    for node in subject.places.by_node:
        if node.retry is None or subject.written(node, "retry") is None:
            continue
        if _is_once(node.retry):
            message = "one attempt is no retry"
            help = "write how often it is tried in all, or leave `retry` away"
            if subject.origin.get("defaults") is not None:
                continue  # it turns off the retry that `defaults` gives
        elif isinstance(node, plan.TaskNode) and isinstance(node.task, PureTask):
            message = f"a `{node.kind}` step gives the same each time"
            help = "leave `retry` away; what fails here fails again"
        else:
            continue
        yield Diagnostic(
            "pointless-retry",
            message,
            subject.span(node, "retry"),
            label="has no effect",
            help=help,
            severity="warning",
        )
