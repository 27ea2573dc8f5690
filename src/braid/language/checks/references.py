"""Checks single references: whether the name means something at its place, and whether it has a value for sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from braid.diagnostics import Diagnostic, Label, nearest
from braid.expressions import GLOBAL_NAMES
from braid.language.checks.explanations import hidden_step, where_it_runs
from braid.language.checks.places import Places
from braid.language.checks.sight import SUGGESTIONS_MAX, Maybe, Sight, Viewpoint
from braid.language.document import MappingNode, ScalarNode, SequenceNode
from braid.language.names import RESERVED
from braid.language.plan import ForeachNode
from braid.language.values import Use

RUN_FIELDS = ("id", "workflow", "started_at")
"""What `run` has."""

RECORD_FIELDS = ("output", "status", "error", "attempts", "started_at", "duration", "reason")
"""What `steps.<id>` has."""


class Declared(msgspec.Struct):
    """The names that a file declares at its top."""

    inputs: Sequence[str] = ()
    vars: Sequence[str] = ()
    secrets: Sequence[str] = ()
    env: Sequence[str] = ()
    later_vars: Sequence[str] = ()
    """Variables that are set only after this one."""
    origin: MappingNode | None = None
    """The file, to show where a name is declared."""

    def labels(self, root: str, name: str | None, text: str) -> tuple[Label, ...]:
        """The place where a name is declared, if it is."""
        node = self.origin.get(root) if self.origin is not None and name is not None else None
        place: ScalarNode | None = None
        if isinstance(node, MappingNode):
            place = node.key_node(name or "")
        elif isinstance(node, SequenceNode):
            place = next((item for item in node.items if isinstance(item, ScalarNode) and item.text == name), None)
        return (Label(place.span, text),) if place is not None else ()

    def of(self, root: str) -> Sequence[str]:
        """The names under `inputs`, `vars`, `secrets` or `env`."""
        names: Sequence[str] = getattr(self, root)
        return names


_CONTEXT_HELP = {
    "result": "it is set in `output:` only",
    "error": "it is set in `retry.when`, `fallback`, `catch` and `on_failure`",
    "branch": "it is set inside `parallel` and `foreach`",
    "index": "it is set inside `foreach`, and in the fields of `map`, `filter` and `reduce`",
    "item": "it is set inside `foreach` without `as`, and in the fields of `map`, `filter` and `reduce`",
    "iteration": "it is set inside `loop`",
}


class _Root(msgspec.Struct, frozen=True):
    """A name under which a file declares names: what is said of one that isn't declared."""

    code: str
    word: str
    help: str


_ROOTS = {
    "inputs": _Root(
        code="unknown-input", word="input", help="declare it at the top: `inputs: {{{name}: {{type: string}}}}`"
    ),
    "vars": _Root(code="unknown-variable", word="variable", help="declare it at the top: `vars: {{{name}: …}}`"),
    "secrets": _Root(code="unknown-secret", word="secret", help="declare it at the top: `secrets: [{name}]`"),
    "env": _Root(code="unknown-env", word="environment variable", help="declare it at the top: `env: [{name}]`"),
}


class ReferenceCheck(msgspec.Struct):
    """Collects what is wrong with references."""

    declared: Declared
    places: Places
    diagnostics: list[Diagnostic] = msgspec.field(default_factory=list)
    _searches: int = 0

    def uses(self, uses: Iterable[Use], at: Viewpoint, names: Mapping[str, Sight]) -> None:
        """Check references that stand at one place; `names` mean something in this expression only."""
        for use in uses:
            self._use(use, at, names)

    def _use(self, use: Use, at: Viewpoint, names: Mapping[str, Sight]) -> None:
        name = use.reference.name
        sight = names.get(name) or at.names.get(name)
        if sight is not None:
            self._doubt(use, sight, at)
        elif name in _ROOTS:
            self._declared(use, name)
        elif name == "run":
            self._member(use, "run", RUN_FIELDS, 0)
        elif name == "steps":
            self._record(use, at)
        elif name in _CONTEXT_HELP:
            self._out_of_context(use, at)
        else:
            self._step(use, name, at, names)

    def _step(self, use: Use, name: str, at: Viewpoint, names: Mapping[str, Sight]) -> None:
        sight = at.view.find(name)
        if sight is not None:
            self._doubt(use, sight, at)
        elif name in self.places.by_id:
            self._hidden(use, name, at)
        else:
            self._unknown(use, name, at, names)

    def _doubt(self, use: Use, sight: Sight, at: Viewpoint) -> None:
        name = use.reference.name
        if not isinstance(sight, Maybe) or use.reference.guarded or at.has(name, sight):
            return
        self.diagnostics.append(
            Diagnostic(
                code="may-be-skipped",
                message=f"`{name}` may have no value here",
                span=use.span,
                label=sight.reason,
                help=f"say what to use then: `{use.text} | default(…)`",
                related=(Label(sight.span, "because of this"),) if sight.span is not None else (),
            )
        )

    def _hidden(self, use: Use, name: str, at: Viewpoint) -> None:
        diagnostic = hidden_step(use, self.places.by_id[name], at.place, at_end=at.at_end)
        if diagnostic is not None:
            self.diagnostics.append(diagnostic)

    def _unknown(self, use: Use, name: str, at: Viewpoint, names: Mapping[str, Sight]) -> None:
        close = self._nearest(name, at, names)
        related: tuple[Label, ...] = ()
        if close is None:
            for root in ("inputs", "vars", "env", "secrets"):
                if name in self.declared.of(root):
                    close = f"{root}.{name}"
                    related = self.declared.labels(root, name, "declared here")
        place = self.places.by_id.get(close or "")
        help_ = f"did you mean `{close}`?" if close else "an `id` of an earlier step is wanted; texts stand in quotes"
        if place is not None and at.view.find(place.node.id or "") is None:
            help_ += f" {where_it_runs(place)}"
        if place is not None and place.node.span is not None:
            related = (Label(place.node.span, f"`{close}` is here"),)
        self.diagnostics.append(
            Diagnostic(
                code="unknown-step",
                message=f"no step `{name}` is visible here",
                span=use.span,
                help=help_,
                related=related,
            )
        )

    def _nearest(self, name: str, at: Viewpoint, names: Mapping[str, Sight]) -> str | None:
        """The name that was probably meant: nearest first, then those that exist but can't be seen here."""
        self._searches += 1
        if self._searches > SUGGESTIONS_MAX:
            return None
        known = dict.fromkeys([*names, *at.names, *at.view.names(), *self.places.by_id])
        known.update(dict.fromkeys([*sorted(RESERVED), *sorted(GLOBAL_NAMES)]))
        return nearest(name, known)

    def _declared(self, use: Use, root: str) -> None:
        about = _ROOTS[root]
        path = use.reference.path
        if not path or not isinstance(path[0], str):
            if root == "secrets":
                self.diagnostics.append(
                    Diagnostic(
                        code="unknown-secret",
                        message="secrets are used one by one",
                        span=use.span,
                        help="write `secrets.NAME`",
                    )
                )
            return
        name, known = path[0], self.declared.of(root)
        if name in known:
            return
        self._searches += 1
        close = nearest(name, known) if self._searches <= SUGGESTIONS_MAX else None
        later = self.declared.later_vars if root == "vars" else ()
        if name in later:
            shown, help_ = name, "variables see those above them only: move it up"
        elif close is not None:
            shown, help_ = close, f"did you mean `{root}.{close}`?"
        else:
            shown, help_ = None, about.help.format(name=name)
        self.diagnostics.append(
            Diagnostic(
                code=about.code,
                message=f"{about.word} `{name}` is not {'set yet' if name in later else 'declared'}",
                span=use.span,
                help=help_,
                related=self.declared.labels(root, shown, "it is set here" if name in later else "declared here"),
            )
        )

    def _member(self, use: Use, owner: str, fields: Sequence[str], depth: int) -> None:
        """A fixed field of `run` or of a step's record."""
        path = use.reference.path
        if len(path) <= depth or path[depth] in fields:
            return
        close = nearest(str(path[depth]), fields)
        known = ", ".join(f"`{name}`" for name in fields)
        self.diagnostics.append(
            Diagnostic(
                code="unknown-field",
                message=f"`{owner}` has no `{path[depth]}`",
                span=use.span,
                help=f"did you mean `{owner}.{close}`?" if close else f"it has {known}",
            )
        )

    def _record(self, use: Use, at: Viewpoint) -> None:
        path = use.reference.path
        if not path or not isinstance(path[0], str):
            self.diagnostics.append(
                Diagnostic(
                    code="unknown-step",
                    message="`steps` is used with the id of a step",
                    span=use.span,
                    help="write `steps.ID.status`, with a constant id",
                )
            )
            return
        name = path[0]
        if at.view.find(name) is not None:
            self._member(use, f"steps.{name}", RECORD_FIELDS, 1)
        elif name in self.places.by_id:
            self._hidden(use, name, at)
        else:
            self._unknown(use, name, at, {})

    def _out_of_context(self, use: Use, at: Viewpoint) -> None:
        name = use.reference.name
        items = [
            place.outer.node
            for place in (at.place.upwards() if at.place else ())
            if place.outer is not None and isinstance(place.outer.node, ForeachNode)
        ]
        help_ = _CONTEXT_HELP[name]
        related: tuple[Label, ...] = ()
        if name == "item" and items:
            help_ = f"the item is called `{items[0].variable}` here"
            related = () if items[0].span is None else (Label(items[0].span, "by this foreach"),)
        self.diagnostics.append(
            Diagnostic("unknown-name", f"`{name}` is not set here", use.span, help=help_, related=related)
        )
