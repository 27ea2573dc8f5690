"""Limits that are none, limits that can't be reached, and blocks with nothing to do at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from braid.diagnostics import Diagnostic, Label
from braid.language import plan
from braid.language.document import MappingNode
from braid.language.lints.subject import Subject, acts, subtree
from braid.language.task_kind import TimerTask
from braid.language.values import Bound, Constant

_SETTINGS = frozenset({"inputs", "vars", "env"})
_COUNTING = re.compile(r"\|\s*(length|count)\b")
_BOUNDING = re.compile(r"\bmin\b")


def unbounded_fan_outs(subject: Subject) -> Iterator[Diagnostic]:
    """`unbounded-fan-out`: a limit that grows with the data.

    A foreach without a limit goes through its items one by one, and one with a number in `max_concurrency`, or with a
    setting (`inputs.workers`), does what its author or user decided. What nobody decided is a limit that is worked out
    of the data itself: then a thousand items are a thousand requests at once.
    """
    for node in subject.places.by_node:
        if not isinstance(node, plan.ForeachNode) or not isinstance(node.limit, Bound):
            continue
        text = node.limit.node.text
        follows_data = any(use.reference.name not in _SETTINGS for use in node.limit.uses) or _COUNTING.search(text)
        free = [each for each in subtree(node) if acts(each) and each.pool is None]
        if not follows_data or _BOUNDING.search(text) or not free:
            continue
        related = (Label(free[0].span, "as many of these at once"),) if free[0].span is not None else ()
        yield Diagnostic(
            "unbounded-fan-out",
            "this limit grows with the data",
            node.limit.node.span,
            help="write a number, such as `max_concurrency: 8`, or let the steps inside hold slots of a `pool`",
            severity="warning",
            related=related,
        )


def limits_above_pools(subject: Subject) -> Iterator[Diagnostic]:
    """`limit-above-pool`: more branches in progress than the pool of all their steps lets execute."""
    for node in subject.places.by_node:
        if not isinstance(node, (plan.ForeachNode, plan.ParallelNode, plan.GraphNode)):
            continue
        limit = node.limit.value if isinstance(node.limit, Constant) else None
        written = subject.written(node, node.kind, "max_concurrency")
        name = _only_pool(node)
        if written is None or not isinstance(limit, int) or name is None:
            continue
        slots = subject.whole.pools[name].limit
        if limit <= slots:
            continue
        pools = subject.origin.get("pools")
        key = pools.key_node(name) if isinstance(pools, MappingNode) else None
        yield Diagnostic(
            "limit-above-pool",
            f"at most {slots} of these {limit} can execute at once",
            written.span,
            label=f"all steps inside wait for pool `{name}`",
            help=f"write {slots}, or leave the limit to the pool alone",
            severity="warning",
            related=(Label(key.span, f"it has {slots} slot{'s' if slots > 1 else ''}"),) if key is not None else (),
        )


def _only_pool(node: plan.Node) -> str | None:
    """The pool that all steps inside use that do anything which takes time."""
    inside = [each for each in subtree(node) if each is not node]
    waits = any(isinstance(each, plan.CallNode) or _is_timer(each) for each in inside)
    names = {each.pool for each in inside if acts(each)}
    return next(iter(names)) if len(names) == 1 and not waits else None


def _is_timer(node: plan.Node) -> bool:
    return isinstance(node, plan.TaskNode) and isinstance(node.task, TimerTask)


def single_branches(subject: Subject) -> Iterator[Diagnostic]:
    """`single-branch`: a parallel block with nothing to do at the same time."""
    for node in subject.places.by_node:
        if isinstance(node, plan.ParallelNode) and len(node.branches) == 1 and not node.settle:
            yield Diagnostic(
                "single-branch",
                "one branch has nothing to run at the same time with",
                node.span,
                help="add a branch, or write its steps in the place of the block; for items of a list use `foreach`",
                severity="warning",
            )
