"""All lints of a file, without those that it allows itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from braid.diagnostics import Diagnostic
from braid.language.compiler import Compilation
from braid.language.lints import concurrency, flow, retries, security, unused
from braid.language.lints.allowances import Allowances
from braid.language.lints.subject import Subject, subject_of

LINTS: Final[tuple[Callable[[Subject], Iterator[Diagnostic]], ...]] = (
    security.secrets_in_urls,
    security.secrets_in_arguments,
    security.raw_interpolations,
    security.scripts_in_arguments,
    retries.retries_without_timeout,
    retries.retries_that_act_twice,
    retries.pointless_retries,
    unused.unused_inputs,
    unused.unused_variables,
    unused.unused_environment,
    unused.unused_pools,
    unused.unused_steps,
    flow.unreachable_steps,
    flow.constant_conditions,
    flow.loops_without_end,
    concurrency.unbounded_fan_outs,
    concurrency.limits_above_pools,
    concurrency.single_branches,
)


def linted(compilations: Iterable[Compilation], found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What was found in files without errors, and what lints have to say of them; without what the files allow.

    Args:
        compilations: The files.
        found: Warnings that they have got already.
    """
    files = list(compilations)
    warnings = list(found)
    for file in files:
        subject = subject_of(file)
        warnings += [diagnostic for lint in LINTS for diagnostic in lint(subject)]
    for file in files:
        allowances = Allowances.of(file.plan.source, file.origin)
        warnings = allowances.filter(warnings, file)
        warnings += allowances.diagnostics()
    return warnings
