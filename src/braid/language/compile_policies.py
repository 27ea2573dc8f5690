"""What any step may carry besides its body, compiled: retry, timeout, fallback value, pools and input schemas."""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from braid.expressions import DurationError, parse_duration
from braid.language import ast
from braid.language.document import MappingNode, Node, ScalarNode, SequenceNode
from braid.language.plan import PoolSpec, RetryPolicy
from braid.language.task_kind import FieldRule, TaskFields
from braid.language.values import Compiled, Constant, ValueCompiler

JITTER_WHEN_TRUE = 0.5
"""The part of a delay that is drawn at random for `jitter: true`."""

COUNT_NAMES = frozenset({"ok", "failed", "done", "total"})
"""What an expression of `wait` is over."""


class Defaults(msgspec.Struct):
    """What `defaults` gives to task steps that don't set their own."""

    retry: RetryPolicy | None = None
    timeout: Compiled | None = None
    pool: str | None = None


_RATE = re.compile(r"\s*(\d+)\s*/\s*(\S+)\s*")


def retry_policy(node: Node, values: ValueCompiler) -> RetryPolicy:
    """`retry: 3` or a mapping, with the defaults of `ast.Retry` filled in."""
    defaults = ast.Retry()
    if not isinstance(node, MappingNode):
        return _policy(defaults, {"attempts": values.value(node)}, None, defaults.backoff, 0.0)
    given = {key: values.value(value) for key in _RETRY_VALUES if (value := node.get(key)) is not None}
    when = node.get("when")
    backoff = node.get("backoff")
    return _policy(
        defaults,
        given,
        values.expression(when) if when is not None else None,
        str(backoff.to_value()) if backoff is not None else defaults.backoff,
        _jitter(node.get("jitter")),
    )


_RETRY_VALUES = ("attempts", "delay", "max_delay", "within")


def _policy(
    defaults: ast.Retry, given: Mapping[str, Compiled], when: Compiled | None, backoff: str, jitter: float
) -> RetryPolicy:
    return RetryPolicy(
        attempts=given.get("attempts") or Constant(defaults.attempts),
        backoff=backoff,
        delay=given.get("delay") or Constant(defaults.delay),
        max_delay=given.get("max_delay") or Constant(defaults.max_delay),
        jitter=jitter,
        within=given.get("within"),
        when=when,
    )


def _jitter(node: Node | None) -> float:
    jitter = node.to_value() if node is not None else 0.0
    if jitter is True:
        return JITTER_WHEN_TRUE
    # Anything else was reported by the reader, and such a plan never runs.
    return float(jitter) if isinstance(jitter, (int, float)) else 0.0


def pool_spec(name: str, pool: ast.Pool | int) -> PoolSpec:
    """A pool of the file; `rate` is a number over a duration, such as `100/1m`."""
    if isinstance(pool, int):
        return PoolSpec(name, pool)
    match = _RATE.fullmatch(pool.rate or "")
    if match is None:
        return PoolSpec(name, pool.limit)
    try:
        return PoolSpec(name, pool.limit, (int(match[1]), parse_duration(_with_number(match[2]))))
    except DurationError:  # as reported by the reader; such a plan never runs
        return PoolSpec(name, pool.limit)


def _with_number(unit: str) -> str:
    """`m` of `100/m` means `1m`."""
    return unit if unit[:1].isdigit() or unit[:1] == "P" else f"1{unit}"


@lru_cache(maxsize=500)
def field_rules(fields: type[TaskFields]) -> Mapping[str, FieldRule]:
    """Key → rule, for the fields of a task kind that have one."""
    keys = {field.name: field.encode_name for field in msgspec.structs.fields(fields)}
    hints = typing.get_type_hints(fields, include_extras=True)
    return {keys[name]: rule for name, hint in hints.items() if name in keys and (rule := _rule(hint)) is not None}


def _rule(hint: object) -> FieldRule | None:
    for meta in getattr(hint, "__metadata__", ()):
        rule = (meta.extra or {}).get("rule") if isinstance(meta, msgspec.Meta) else None
        if isinstance(rule, FieldRule):
            return rule
    return None


def part_of(node: Node | None, key: str) -> Node | None:
    """The value of a key, when the node is a mapping that has it."""
    return node.get(key) if isinstance(node, MappingNode) else None


def names_in(node: Node | None) -> list[str]:
    """The names that a list of names, or a mapping by name, declares; also where the reader found something wrong."""
    match node:
        case MappingNode():
            return list(node.keys())
        case SequenceNode():
            return [item.text for item in node.items if isinstance(item, ScalarNode)]
    return []


def text_of(node: Node | None) -> str | None:
    """The text of a scalar; None for anything else."""
    return node.text if isinstance(node, ScalarNode) else None
