"""The expression language: a Jinja2 sandbox, with references, limits and errors that name their place."""

from braid.expressions.durations import DURATION_SECONDS_MAX, DurationError, format_duration, parse_duration
from braid.expressions.errors import EvaluationError, ExpressionSyntaxError
from braid.expressions.expression import Expression, compile_expression
from braid.expressions.paths import Reference
from braid.expressions.scope import GLOBAL_NAMES, TEMPLATE_GLOBAL_NAMES, MappingScope, Scope
from braid.expressions.template import TemplateText, compile_template
from braid.expressions.text import Text, compile_text
from braid.expressions.values import Value, json_text, kind_of, to_text

__all__ = [
    "DURATION_SECONDS_MAX",
    "GLOBAL_NAMES",
    "TEMPLATE_GLOBAL_NAMES",
    "DurationError",
    "EvaluationError",
    "Expression",
    "ExpressionSyntaxError",
    "MappingScope",
    "Reference",
    "Scope",
    "TemplateText",
    "Text",
    "Value",
    "compile_expression",
    "compile_template",
    "compile_text",
    "format_duration",
    "json_text",
    "kind_of",
    "parse_duration",
    "to_text",
]
