"""Walks a plan in the order of its run and keeps account of which steps can be seen where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from braid.diagnostics import Span
from braid.language import plan
from braid.language.checks.graphs import in_order, mentioned_step
from braid.language.checks.jumps import Jumps
from braid.language.checks.places import Places, named
from braid.language.checks.references import ReferenceCheck
from braid.language.checks.sight import DEFINITE, Maybe, Sight, Site, View, Viewpoint, weakened
from braid.language.compile_policies import COUNT_NAMES
from braid.language.parts import parts
from braid.language.values import Bound, Compiled, Constant

Exports = dict[str, Sight]


class VisibilityWalk:
    """One pass over a plan; every expression is handed to `ReferenceCheck` with what it can see.

    Linear in the size of the plan times its nesting. Ids are unique in a file, so one mapping a list is enough.

    Attributes:
        sites: The values with expressions, and what functions are given, in the order of the walk, for who asks more.
    """

    def __init__(self, places: Places, jumps: Jumps, check: ReferenceCheck, shared: Iterable[object]) -> None:
        self._places = places
        self._jumps = jumps
        self._check = check
        self._shared = {id(value) for value in shared}
        # Ids in the order in which their steps end; a jump leaves out what comes after its own position here.
        self._ended: list[str] = []
        self._goto_positions: dict[plan.Node, int] = {}
        self._loop_exits: dict[plan.Node, tuple[int, plan.Node]] = {}
        self.sites: list[Site] = []

    def workflow(self, whole: plan.Plan, top: Viewpoint) -> None:
        """Check the step lists and the output of a workflow; `top` is what is visible before the first step."""
        view = View(None)
        body = replace(top, view=view)
        self._list(whole.body, body)
        if whole.output is not None:
            self.value(whole.output, replace(body, at_end=True))
        reason = "the run may have ended before it"
        after = View(None, _all_maybe(view.own, Maybe(reason)))
        names: dict[str, Sight] = {**top.names, "error": DEFINITE}
        if whole.on_failure:
            healing = View(after)
            self._list(whole.on_failure, replace(top, view=healing, names=names))
            after.own.update(_all_maybe(healing.own, Maybe("it runs only after a failure")))
        if whole.finally_:
            names = {**top.names, "error": Maybe("it is set only when the run failed")}
            self._list(whole.finally_, replace(top, view=View(after), names=names))

    def _list(self, body: plan.Body, at: Viewpoint) -> None:
        """Steps in order; adds what each leaves behind to the list's own view."""
        leaps = self._jumps.leaps.get(body, ())
        landed: dict[int, int] = {}
        for leap in leaps:
            if leap.target <= leap.origin:
                self._announce(
                    body.steps[leap.target : leap.origin + 1], at.view, "a `goto` may not have come back yet"
                )
        forward = {leap.node: leap.target for leap in leaps if leap.target > leap.origin}
        for index, node in enumerate(body.steps):
            if index in landed:
                self._weaken_since(landed[index], at.view, Maybe(f"a `goto` to {named(node)} may jump over it"))
            started = len(self._ended)
            self._step(node, at)
            for leap in leaps:
                if leap.origin == index and leap.node in forward:
                    since = self._goto_positions.get(leap.node, started)
                    landed[leap.target] = min(since, landed.get(leap.target, since))

    def _step(self, node: plan.Node, outer: Viewpoint) -> None:
        place = self._places.by_node[node]
        at = replace(outer, place=place)
        doubt: Maybe | None = None
        if node.condition is not None:
            self._condition(node.condition, at)
            doubt = _skipped(node, node.condition)
            at = _given(at, node.condition)
        exports = self._kind(node, at)
        self._rest(node, at, exports)
        if node.fallback and node.fallback.body:
            exports = _all_maybe(exports, Maybe(f"{named(node)} may have failed and used its `fallback`", node.span))
            exports |= self._fallback(node, node.fallback.body, at)
        if node.id is not None:
            exports[node.id] = DEFINITE
        if doubt is not None:
            exports = {name: weakened(sight, doubt) for name, sight in exports.items()}
        if node.id is not None:
            self._ended.append(node.id)
        outer.view.own.update(exports)

    def _rest(self, node: plan.Node, at: Viewpoint, exports: Exports) -> None:
        """What any step may have besides its kind; `output` sees what the steps inside leave behind."""
        failed = {"error": DEFINITE}
        if node.retry is not None and id(node.retry) not in self._shared:
            self.retry(node.retry, at)
        if node.timeout is not None and id(node.timeout) not in self._shared:
            self.value(node.timeout, at)
        if node.output is not None:
            self.value(node.output, replace(at, view=View(at.view, exports)), {"result": DEFINITE})
        if node.fallback is not None and node.fallback.value is not None:
            self.value(node.fallback.value, at, failed)

    def retry(self, retry: plan.RetryPolicy, at: Viewpoint) -> None:
        """The expressions of a retry policy."""
        for value in (retry.attempts, retry.delay, retry.max_delay, retry.within):
            if value is not None:
                self.value(value, at)
        if retry.when is not None:
            self._condition(retry.when, at, {"error": DEFINITE})

    def _fallback(self, node: plan.Node, body: plan.Body, at: Viewpoint) -> Exports:
        view = self._inner(body, at, {"error": DEFINITE})
        return _all_maybe(view.own, Maybe(f"it runs only when {named(node)} has failed", node.span))

    def _inner(self, body: plan.Body, at: Viewpoint, names: Mapping[str, Sight] | None = None) -> View:
        view = View(at.view)
        self._list(body, replace(at, view=view, names={**at.names, **names} if names else at.names))
        return view

    def _kind(self, node: plan.Node, at: Viewpoint) -> Exports:
        """The expressions and the steps of one kind of step; what its inner steps leave behind."""
        match node:
            case plan.TaskNode():
                self.value(node.arguments, at)
                if node.arguments.constant and node.task.function_fields is not None:
                    self.sites.append(Site(_compiled(node.arguments), at.place, ()))
            case plan.CallNode():
                self.value(node.inputs, at)
            case plan.GroupNode():
                return self._inner(node.body, at).own
            case plan.ParallelNode():
                return self._parallel(node, at)
            case plan.ForeachNode():
                return self._foreach(node, at)
            case plan.GraphNode():
                return self._graph(node, at)
            case plan.IfNode():
                return self._if(node, at)
            case plan.SwitchNode():
                return self._switch(node, at)
            case plan.LoopNode():
                return self._loop(node, at)
            case plan.TryNode():
                return self._try(node, at)
            case plan.JumpNode():
                self._jump(node, at)
            case plan.ReturnNode():
                self.value(node.value, at)
        return {}

    def _parallel(self, node: plan.ParallelNode, at: Viewpoint) -> Exports:
        if node.limit is not None:
            self.value(node.limit, at)
        if node.tolerate is not None:
            self.value(node.tolerate.count, at)
        if node.wait_value is not None:
            counts = dict.fromkeys(COUNT_NAMES, DEFINITE) if node.wait is plan.WaitKind.EXPRESSION else None
            self.value(node.wait_value, at, counts)
        if node.merge_expression is not None:
            self.value(node.merge_expression, at, {"branches": DEFINITE})
        exports: Exports = {}
        for branch in node.branches:
            exports |= self._inner(branch, at, {"branch": DEFINITE}).own
        if node.settle:
            return _all_maybe(
                exports, Maybe(f"its branch may have failed, which {named(node)} bears (`settle`)", node.span)
            )
        if node.wait is not plan.WaitKind.ALL:
            return _all_maybe(
                exports, Maybe(f"its branch may have lost: {named(node)} doesn't wait for all", node.span)
            )
        return exports

    def _foreach(self, node: plan.ForeachNode, at: Viewpoint) -> Exports:
        self.value(node.items, at)
        self.value(node.limit, at)
        if node.tolerate is not None:
            self.value(node.tolerate.count, at)
        self._inner(node.body, at, {node.variable: DEFINITE, "index": DEFINITE, "branch": DEFINITE})
        return {}

    def _graph(self, node: plan.GraphNode, at: Viewpoint) -> Exports:
        if node.limit is not None:
            self.value(node.limit, at)
        # One view for all steps will do: what a step mentions is an edge, so it comes before it in this order.
        inner = replace(at, view=View(at.view))
        for index in in_order(node.dependencies):
            self._step(node.body.steps[index], inner)
        return inner.view.own

    def _if(self, node: plan.IfNode, at: Viewpoint) -> Exports:
        self._condition(node.test, at)
        then = self._inner(node.then, _given(at, node.test)).own
        holds = Maybe(f"it runs only when the condition of {named(node)} holds", _span(node.test), _needed(node.test))
        exports = _all_maybe(then, holds)
        if node.otherwise:
            asked = replace(at, tested=at.tested | _tested(node.test))
            fails = Maybe(f"it runs only when the condition of {named(node)} doesn't hold", _span(node.test))
            exports |= _all_maybe(self._inner(node.otherwise, asked).own, fails)
        return exports

    def _switch(self, node: plan.SwitchNode, at: Viewpoint) -> Exports:
        if node.value is not None:
            self.value(node.value, at)
        doubt = Maybe(f"only one case of {named(node)} runs", node.span)
        exports: Exports = {}
        for case in node.cases:
            given = at
            if node.value is None:
                self._condition(case.when, at)
                given = _given(at, case.when)
            else:
                self.value(case.when, at)
            exports |= _all_maybe(self._inner(case.body, given).own, doubt)
        if node.default:
            exports |= _all_maybe(self._inner(node.default, at).own, doubt)
        return exports

    def _loop(self, node: plan.LoopNode, at: Viewpoint) -> Exports:
        self.value(node.max, at)
        inner = replace(at, view=View(at.view), names={**at.names, "iteration": DEFINITE})
        self._announce(node.body.steps, inner.view, "the first iteration finds no value of an iteration before")
        running = inner
        if node.while_ is not None:
            self._condition(node.while_, inner)
            running = _given(inner, node.while_)
        self._list(node.body, running)
        if node in self._loop_exits:
            since, jump = self._loop_exits[node]
            self._weaken_since(since, inner.view, Maybe(f"{named(jump)} may end the iteration before it", jump.span))
        if node.until is not None:
            self._condition(node.until, inner)
        if node.while_ is not None:
            doubt = Maybe(f"{named(node)} doesn't run at all when its `while` is false at once", _span(node.while_))
            return _all_maybe(inner.view.own, doubt)
        return inner.view.own

    def _try(self, node: plan.TryNode, at: Viewpoint) -> Exports:
        body = self._inner(node.body, at).own
        left = Maybe(f"the steps of {named(node)} may have failed before it", node.span)
        seen = _all_maybe(body, left)
        exports = seen if node.handlers else body
        handled: Exports = {}
        for handler in node.handlers:
            inside = replace(at, view=View(at.view, dict(seen)), names={**at.names, "error": DEFINITE})
            if handler.when is not None:
                self._condition(handler.when, inside)
                inside = _given(inside, handler.when)
            doubt = Maybe(f"it runs only when {named(node)} catches a failure", node.span)
            handled |= _all_maybe(self._inner(handler.body, inside).own, doubt)
        if node.finally_:
            error = {"error": Maybe(f"it is set only when {named(node)} failed")}
            last = replace(at, view=View(at.view, {**seen, **handled}))
            self._inner(node.finally_, last, error)
        return {**exports, **handled}

    def _jump(self, node: plan.JumpNode, at: Viewpoint) -> None:
        if node.when is not None:
            self._condition(node.when, at)
        if node.jump is plan.JumpKind.GOTO:
            self._goto_positions[node] = len(self._ended)
        elif node in self._jumps.ends:
            self._loop_exits.setdefault(self._jumps.ends[node], (len(self._ended), node))

    def _announce(self, steps: Iterable[plan.Node], view: View, reason: str) -> None:
        """Make ids visible, in doubt, before their steps: an earlier pass over the same list may have left them."""
        for node in steps:
            for name in exported_ids(node):
                view.own.setdefault(name, Maybe(reason, node.span))

    def _weaken_since(self, position: int, view: View, doubt: Maybe) -> None:
        for name in self._ended[position:]:
            if name in view.own:
                view.own[name] = weakened(view.own[name], doubt)

    def value(self, value: plan.Resolvable, at: Viewpoint, names: Mapping[str, Sight] | None = None) -> None:
        """Check one value; `names` mean something in it only."""
        if not value.constant:
            compiled = _compiled(value)
            self.sites.append(Site(compiled, at.place, names or ()))
            self._check.uses(compiled.uses, at, names or {})

    def _condition(self, value: plan.Resolvable, at: Viewpoint, names: Mapping[str, Sight] | None = None) -> None:
        """A condition may use what it asks about: `steps.x.status == 'succeeded' and x.ok`.

        What stands before an `and` holds for what stands after it.
        """
        at = replace(at, tested=at.tested | _tested(value))
        ends = _conjuncts(value) if isinstance(value, Bound) else []
        if len(ends) < 2:
            self.value(value, at, names)
            return
        self.sites.append(Site(_compiled(value), at.place, names or ()))
        for use in _compiled(value).uses:
            holds = frozenset(text for end, text in ends if end <= use.reference.start)
            self._check.uses((use,), replace(at, conditions=at.conditions | holds), names or {})


def exported_ids(node: plan.Node) -> Iterable[str]:
    """Ids that a step can leave behind in its list: its own and those of the lists inside that leave something."""
    if node.id is not None:
        yield node.id
    if isinstance(node, plan.ForeachNode):
        inner = [part for part in parts(node) if part.role == "fallback"]
    elif isinstance(node, plan.TryNode):
        inner = [part for part in parts(node) if part.role != "finally"]
    else:
        inner = list(parts(node))
    for part in inner:
        for step in part.body.steps:
            yield from exported_ids(step)


def _all_maybe(exports: Mapping[str, Sight], doubt: Maybe) -> Exports:
    return {name: weakened(sight, doubt) for name, sight in exports.items()}


def _skipped(node: plan.Node, condition: plan.Resolvable) -> Maybe | None:
    """The doubt that an `if` puts on its step; none when it is always true."""
    if isinstance(condition, Constant) and condition.value is True:
        return None
    return Maybe(f"{named(node)} is skipped when its `if` is false", _span(condition), _needed(condition))


def _needed(condition: plan.Resolvable) -> frozenset[str] | None:
    """What must hold for this condition to hold; None for `false`, which nothing makes hold."""
    return None if isinstance(condition, Constant) and condition.value is not True else _texts(condition)


def _given(at: Viewpoint, condition: plan.Resolvable) -> Viewpoint:
    return replace(at, tested=at.tested | _tested(condition), conditions=at.conditions | _texts(condition))


def _tested(condition: plan.Resolvable) -> frozenset[str]:
    """Ids that a condition asks about: `x is not none`, `x | default(0) > 3`, `steps.x.status == …`."""
    found = set()
    for use in _compiled(condition).uses:
        name = mentioned_step(use)
        if name is not None and (use.reference.guarded or use.reference.name == "steps"):
            found.add(name)
    return frozenset(found)


def _texts(condition: plan.Resolvable) -> frozenset[str]:
    """The conditions that must hold together for this one to hold, spaces and `{{ }}` left out."""
    return frozenset(text for _, text in _conjuncts(condition)) if isinstance(condition, Bound) else frozenset()


def _conjuncts(condition: Bound) -> list[tuple[int, str]]:
    """The parts of a condition between its `and`s, each with the offset of its end.

    Only where that can be seen without parsing; else the whole is one part.
    """
    text = condition.node.text
    start, end = 0, len(text)
    if (braces := _BRACES.fullmatch(text)) is not None:
        start, end = braces.span(1)
    if not _SPLITTABLE.fullmatch(text, start, end):
        return [(end, " ".join(text[start:end].split()))]
    parts = []
    for word in [*_AND.finditer(text, start, end), None]:
        stop = word.start() if word else end
        parts.append((stop, " ".join(text[start:stop].split())))
        start = word.end() if word else end
    return parts


_AND = re.compile(r"\band\b")
_BRACES = re.compile(r"\s*\{\{(.*)\}\}\s*", re.DOTALL)
_SPLITTABLE = re.compile(r"(?:(?!\b(?:or|if|else)\b)[^'\"()\[\]{}])*")


def _span(value: plan.Resolvable) -> Span | None:
    return value.node.span if isinstance(value, Bound) else None


def _compiled(value: plan.Resolvable) -> Compiled:
    # The compiler makes nothing else; the plan promises less than that to those who run it.
    return value  # type: ignore[return-value]
