"""Limits of the expression language: law 10, every size has a name, a value, a unit and a clear error."""

from typing import Final

EXPRESSION_CHARS_MAX: Final = 16 * 1024
"""Characters of one expression, between `{{` and `}}` or bare."""

TEXT_CHARS_MAX: Final = 2 * 1024 * 1024
"""Characters of one interpolated text or one template, as written in the file."""

NESTING_MAX: Final = 32
"""Brackets inside brackets. Jinja's parser needs 14 Python frames for each, of about 1,000."""

DEPTH_MAX: Final = 100
"""Operators, filters, subscripts or blocks that build on one another (`a + b + c` is two deep)."""

OUTPUT_CHARS_MAX: Final = 10 * 1024 * 1024
"""Characters of a string that an expression makes, and of the text of one evaluation."""

ITEMS_MAX: Final = 1_000_000
"""Items of a list that an operator, filter or `range` makes anew."""

INT_BITS_MAX: Final = 4096
"""Bits of an integer that an expression makes; Python itself stops printing them at about 14,000."""

ITERATIONS_MAX: Final = 1_000_000
"""Loop iterations and calls of one template evaluation, all loops together."""

WORK_ITEMS_MAX: Final = 20_000_000
"""Items that the calls, filters and operators of one evaluation go through and make, all together: a second of work."""

REGEX_CHARS_MAX: Final = 1_000
"""Characters of a regular expression."""

REGEX_SUBJECT_CHARS_MAX: Final = 1024 * 1024
"""Characters of the text that a regular expression searches."""

PROGRAMS_MAX: Final = 16_384
"""Distinct expressions kept compiled, shared by all runs of the process."""
