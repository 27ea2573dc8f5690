"""What a check says of types holds in every run: no error for what succeeds, and each value is of its step's type."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from law_settings import law

from braid.machine.outcome import Status, Succeeded
from braid.testing.generator import workflows
from braid.testing.laws import REGISTRY, interpreted
from braid.testing.profiles import EVERYTHING
from braid.testing.typed import contains, typed


@law
@given(workflows(EVERYTHING))
def test_a_workflow_that_succeeds_gets_no_error(values: dict[str, Any]) -> None:
    if isinstance(interpreted(values).outcome, Succeeded):
        found = typed(yaml.safe_dump(values), REGISTRY).diagnostics()
        assert [each.message for each in found if each.severity == "error"] == []


@law
@given(workflows(EVERYTHING))
def test_every_output_is_of_the_type_that_a_check_gives_its_step(values: dict[str, Any]) -> None:
    types = typed(yaml.safe_dump(values), REGISTRY).types

    for address, record in interpreted(values).records.items():
        name = address.rpartition("/")[2].partition("~")[0]
        if record.status is Status.SUCCEEDED and name in types.places.by_id:
            kind = types.step(name)
            assert contains(kind, record.output), f"{address}: {record.output!r} is not {kind!r}"
