"""Whatever a file holds, reading it ends in a tree or in diagnostics that point into the file."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_kinds import sample_registry
from test_reader_dump import SCALARS, TRICKY

from braid.diagnostics import DiagnosticsError, render_text
from braid.language import ast
from braid.language.document import read_document
from braid.language.dump import to_yaml
from braid.language.reader import read_workflow
from braid.language.shape_types import struct_fields
from braid.language.yaml_text import yaml_text

REGISTRY = sample_registry()
PARTS = (
    ast.Workflow,
    ast.Step,
    ast.Parallel,
    ast.Foreach,
    ast.Switch,
    ast.Try,
    ast.Loop,
    ast.Retry,
    ast.Case,
    ast.Pool,
)
WORDS = sorted({*ast.CONTROLS, *REGISTRY.names(), *(key for part in PARTS for key in struct_fields(part)), "x", "url"})
KEYS = st.sampled_from(WORDS)
LEAVES = SCALARS | TRICKY | st.sampled_from(["a", "a-b", "all", "3s", "{{ x }}", "x > 1", "object", "10%", "error"])


def trees(leaves: st.SearchStrategy[Any], size: int) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=size,
    )


STEPS = st.lists(st.dictionaries(KEYS, trees(LEAVES, 12), max_size=4), max_size=4)
OPTIONAL = struct_fields(ast.Workflow).keys() - {"name", "steps"}
FILES = st.fixed_dictionaries(
    {"name": st.just("x"), "steps": STEPS}, optional={key: trees(LEAVES, 8) for key in sorted(OPTIONAL)}
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(FILES | trees(LEAVES, 30).map(lambda value: {"steps": value}))
def test_every_file_ends_in_a_tree_or_in_diagnostics(values: dict[str, Any]) -> None:
    text = yaml_text(values)
    try:
        document = read_document(text, "f")
    except DiagnosticsError:
        return  # an empty key, say: not this stage's matter

    workflow, diagnostics = read_workflow(document, REGISTRY)

    assert render_text(diagnostics) or not diagnostics
    for diagnostic in diagnostics:
        assert diagnostic.message
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    assert errors or workflow is not None
    if workflow is not None and not errors:
        assert read_workflow(read_document(to_yaml(workflow), "f"), REGISTRY)[0] is not None
