"""Text: case, space, cutting, replacing."""

import re
import textwrap
import unicodedata
from typing import Final

from braid.expressions.errors import EvaluationError
from braid.expressions.limits import OUTPUT_CHARS_MAX
from braid.expressions.members import replaced
from braid.expressions.operators import apply_operator
from braid.expressions.values import Value, limited_text, to_text, too_long
from braid.expressions.vocabulary.registry import Vocabulary, text_of

_section: Final = Vocabulary("Text")


@_section.define("string", "How the value stands in a text.", "[1, true, null] | string", "[1,true,null]")
def string(value: Value) -> str:
    return to_text(value)


@_section.define("upper", "In capital letters.", "'abc' | upper", "ABC")
def upper(value: Value) -> str:
    return text_of("upper", value).upper()


@_section.define("lower", "In small letters.", "'ABC' | lower", "abc")
def lower(value: Value) -> str:
    return text_of("lower", value).lower()


@_section.define("capitalize", "First letter capital, the others small.", "'hELLO' | capitalize", "Hello")
def capitalize(value: Value) -> str:
    return text_of("capitalize", value).capitalize()


@_section.define("title", "Each word with a capital letter.", '"it\'s a day" | title', "It's A Day")
def title(value: Value) -> str:
    return re.sub(r"[^\W_]\S*", lambda word: word[0].capitalize(), text_of("title", value))


@_section.define("trim", "Without space, or these characters, at both ends.", "'  a ' | trim", "a", aliases=["strip"])
def trim(value: Value, chars: str | None = None) -> str:
    return text_of("trim", value).strip(chars)


@_section.define(
    "replace", "One text replaced by another, everywhere or `count` times.", "'aab' | replace('a', 'x')", "xxb"
)
def replace(value: Value, old: str, new: Value, count: int = -1) -> str:
    return replaced(text_of("replace", value), text_of("replace", old), to_text(new), count)


@_section.define(
    "split", "A list of the parts between separators; without one, of the words.", "'a,b' | split(',')", ["a", "b"]
)
def split(value: Value, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    return text_of("split", value).split(separator, maxsplit)


@_section.define("lines", "A list of the lines.", "'a\\nb\\n' | lines", ["a", "b"], aliases=["splitlines"])
def lines(value: Value) -> list[str]:
    return text_of("lines", value).splitlines()


@_section.define("words", "How many words there are.", "'one two' | wordcount", 2, aliases=["wordcount"])
def words(value: Value) -> int:
    return len(re.findall(r"\w+", text_of("wordcount", value)))


@_section.define(
    "truncate",
    "Cut to this length, the end sign included; at a word unless `killwords`.",
    "'a long sentence' | truncate(9)",
    "a long...",
)
def truncate(value: Value, length: int = 255, killwords: bool = False, end: str = "...", leeway: int = 0) -> str:
    text = text_of("truncate", value)
    if len(text) <= length + leeway:
        return text
    cut = text[: max(length - len(end), 0)]
    if not killwords and not text[len(cut) : len(cut) + 1].isspace():
        cut = cut.rsplit(" ", 1)[0]
    return cut + end


@_section.define(
    "indent",
    "Each line moved right, by a number of spaces or a text; the first line only with `first`, "
    "empty ones only with `blank`.",
    "'a\\nb' | indent(2)",
    "a\n  b",
)
def indent(value: Value, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    text = text_of("indent", value)
    unit = len(width) if isinstance(width, str) else width
    if len(text) + unit * (text.count("\n") + 1) > OUTPUT_CHARS_MAX:
        raise too_long()
    space = width if isinstance(width, str) else " " * width
    head, *rest = text.split("\n")
    moved = [space + line if line or blank else line for line in rest]
    return "\n".join([space + head if first else head, *moved])


@_section.define("dedent", "Without the space that all lines begin with.", "'  a\\n   b' | dedent", "a\n b")
def dedent(value: Value) -> str:
    return textwrap.dedent(text_of("dedent", value))


@_section.define(
    "wordwrap", "Broken into lines of at most this many characters.", "'one two' | wordwrap(4)", "one\ntwo"
)
def wordwrap(value: Value, width: int = 79, break_long_words: bool = True, wrapstring: str = "\n") -> str:
    text = text_of("wordwrap", value)
    if width < 1:
        raise EvaluationError("`wordwrap` needs a width above 0", "value")
    if len(text) * (1 + len(wrapstring)) > OUTPUT_CHARS_MAX:
        raise too_long()
    wrapped = (
        wrapstring.join(textwrap.wrap(line, width, break_long_words=break_long_words, expand_tabs=False))
        for line in text.splitlines()
    )
    return wrapstring.join(wrapped)


@_section.define("center", "In the middle of a line of this width.", "'a' | center(5)", "  a  ")
def center(value: Value, width: int = 80) -> str:
    return text_of("center", value).center(_width(width))


@_section.define("ljust", "Filled up on the right to this width.", "'a' | ljust(3, '.')", "a..")
def ljust(value: Value, width: int, fill: str = " ") -> str:
    return to_text(value).ljust(_width(width), fill)


@_section.define("rjust", "Filled up on the left to this width.", "7 | rjust(3, '0')", "007")
def rjust(value: Value, width: int, fill: str = " ") -> str:
    return to_text(value).rjust(_width(width), fill)


def _width(width: int) -> int:
    if width > OUTPUT_CHARS_MAX:
        raise too_long()
    return width


@_section.define("format", "Values put into a `%` format.", "'%s has %.1f°' | format('Lima', 19.25)", "Lima has 19.2°")
def format_(value: Value, *args: Value, **kwargs: Value) -> str:
    if args and kwargs:
        raise EvaluationError("`format` takes values either in order or by name", "type")
    result = apply_operator("%", text_of("format", value), kwargs or args)
    return str(result)


@_section.define(
    "slugify",
    "Small letters, digits and hyphens, for names of files and addresses.",
    "'Köln & Umland 2026' | slugify",
    "koln-umland-2026",
)
def slugify(value: Value, separator: str = "-") -> str:
    ascii_text = unicodedata.normalize("NFKD", to_text(value)).encode("ascii", "ignore").decode()
    return limited_text(separator.join(re.findall(r"[a-z0-9]+", ascii_text.lower())))


@_section.define("startswith", "Whether the text begins so.", "'abc' | startswith('ab')", True)
def startswith(value: Value, prefix: str) -> bool:
    return text_of("startswith", value).startswith(prefix)


@_section.define("endswith", "Whether the text ends so.", "'abc' | endswith('bc')", True)
def endswith(value: Value, suffix: str) -> bool:
    return text_of("endswith", value).endswith(suffix)


@_section.define("remove_prefix", "Without this beginning, if it has it.", "'v1.2' | remove_prefix('v')", "1.2")
def remove_prefix(value: Value, prefix: str) -> str:
    return text_of("remove_prefix", value).removeprefix(prefix)


@_section.define("remove_suffix", "Without this end, if it has it.", "'a.txt' | remove_suffix('.txt')", "a")
def remove_suffix(value: Value, suffix: str) -> str:
    return text_of("remove_suffix", value).removesuffix(suffix)


@_section.define("striptags", "Without HTML tags and comments.", "'<b>a</b>  b' | striptags", "a b")
def striptags(value: Value) -> str:
    from markupsafe import Markup

    return str(Markup(text_of("striptags", value)).striptags())


@_section.define("escape", "For HTML: `<`, `>`, `&` and quotes as entities.", "'a<b' | escape", "a&lt;b", aliases=["e"])
def escape(value: Value) -> str:
    from html import escape as html_escape

    return limited_text(html_escape(to_text(value), quote=True))


@_section.define("comment", "Each line with a mark before it.", "'a\\nb' | comment('//')", "// a\n// b")
def comment(value: Value, mark: str = "#") -> str:
    text = text_of("comment", value)
    if (text.count("\n") + 1) * (len(mark) + 1) + len(text) > OUTPUT_CHARS_MAX:
        raise too_long()
    return "\n".join(f"{mark} {line}".rstrip() for line in text.splitlines())
