"""Texts whose interpolations a field puts in by its own rule."""

from braid.expressions import MappingScope, compile_text


def test_parts_come_in_order_with_values_as_they_are() -> None:
    text = compile_text("a {{ x }}b{{ y | raw }}")

    assert text.evaluate_parts(MappingScope({"x": [1], "y": None})) == ["a ", ([1], False), "b", (None, True)]
