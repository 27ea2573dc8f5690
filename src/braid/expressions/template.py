"""The text of a `template:` step: Jinja with statements."""

from braid.expressions.explanation import explained, last_line
from braid.expressions.paths import Reference
from braid.expressions.scope import Scope


class TemplateText:
    """A template, parsed but not compiled; immutable.

    Attributes:
        source: The text as written.
        references: The uses of free variables, with offsets into `source`.
    """

    __slots__ = ("references", "source")

    def __init__(self, source: str) -> None:
        from braid.expressions.programs import analysed_template

        self.source = source
        self.references: tuple[Reference, ...] = analysed_template(source)

    @property
    def names(self) -> frozenset[str]:
        """The free variables."""
        return frozenset(reference.name for reference in self.references)

    def evaluate(self, scope: Scope) -> str:
        """The text.

        Raises:
            EvaluationError: Whatever went wrong, with its place in `source`.
        """
        from braid.expressions.programs import CODE_NAME, run_template, template_program

        try:
            return run_template(self.source, scope)
        except Exception as error:  # Filters and Python raise anything; authors get one kind of error.
            line = last_line(error.__traceback__, CODE_NAME)
            offset = template_program(self.source).offset_of(line) if line >= 0 else -1
            raise explained(error, self.source, self.references, scope, offset) from None

    def __repr__(self) -> str:
        return f"TemplateText({self.source!r})"


def compile_template(text: str) -> TemplateText:
    """Parse a template: `{{ }}`, and `{% for if set with macro call filter raw %}`.

    A line that holds only a statement leaves no empty line (`trim_blocks`, `lstrip_blocks`); nothing is
    escaped for HTML; other files can't be included.

    Raises:
        ExpressionSyntaxError: With offsets into `text`.
    """
    return TemplateText(text)
