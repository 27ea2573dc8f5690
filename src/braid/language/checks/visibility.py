"""Checks what every expression of a plan refers to: the rules are in docs/reference/language-visibility.md."""

from __future__ import annotations

from braid.diagnostics import Diagnostic
from braid.language import plan
from braid.language.checks.jumps import Jumps
from braid.language.checks.places import Places
from braid.language.checks.references import Declared, ReferenceCheck
from braid.language.checks.sight import Site, View, Viewpoint
from braid.language.checks.walk import VisibilityWalk
from braid.language.compile_policies import Defaults
from braid.language.values import Compiled


def check_visibility(
    whole: plan.Plan,
    places: Places,
    jumps: Jumps,
    defaults: Defaults,
    variables: dict[str, Compiled],
    declared: Declared,
) -> tuple[list[Diagnostic], list[Site]]:
    """Everything that is wrong with references, and where expressions stand, both in the order of the run.

    Args:
        whole: The compiled file, with all its steps at `places`.
        defaults: What several steps share, so that it is checked once.
        variables: `vars`, in the order of the file.
        declared: The other names at the top of the file.
    """
    names = list(variables)
    check = ReferenceCheck(declared, places)
    top = Viewpoint(View(None))
    for position, name in enumerate(names):
        declared.vars, declared.later_vars = names[:position], names[position:]
        check.uses(variables[name].uses, top, {})
    declared.vars, declared.later_vars = names, ()
    shared = [value for value in (defaults.retry, defaults.timeout) if value is not None]
    walk = VisibilityWalk(places, jumps, check, shared)
    if defaults.retry is not None:
        walk.retry(defaults.retry, top)
    for value in (defaults.timeout, whole.timeout):
        if value is not None:
            walk.value(value, top)
    walk.sites += [Site(value, None, ()) for value in variables.values() if not value.constant]
    walk.workflow(whole, top)
    return check.diagnostics, walk.sites
