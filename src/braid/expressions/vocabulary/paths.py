"""Paths of files, with `/` on every system; nothing here looks at a disk."""

import posixpath
from typing import Final

from braid.expressions.values import Value, limited_text, to_text
from braid.expressions.vocabulary.registry import Vocabulary, text_of

_section: Final = Vocabulary("Paths")


@_section.define("basename", "The last part of a path.", "'a/b.tar.gz' | basename", "b.tar.gz")
def basename(value: Value) -> str:
    return posixpath.basename(text_of("basename", value))


@_section.define("dirname", "The path without its last part.", "'a/b/c.txt' | dirname", "a/b")
def dirname(value: Value) -> str:
    return posixpath.dirname(text_of("dirname", value))


@_section.define(
    "splitext", "The path without its extension, and the extension.", "'a/b.txt' | splitext", ["a/b", ".txt"]
)
def splitext(value: Value) -> list[str]:
    return list(posixpath.splitext(text_of("splitext", value)))


@_section.define("stem", "The last part without its extension.", "'a/b.txt' | stem", "b")
def stem(value: Value) -> str:
    return posixpath.splitext(basename(value))[0]


@_section.define("extension", "The extension without its dot, or nothing.", "'a/b.txt' | extension", "txt")
def extension(value: Value) -> str:
    return posixpath.splitext(text_of("extension", value))[1].removeprefix(".")


@_section.define(
    "path_join",
    "Parts joined with `/`; of the list itself, or the value and the arguments.",
    "'out' | path_join('a', 'b.txt')",
    "out/a/b.txt",
)
def path_join(value: Value, *parts: Value) -> str:
    given = [*value, *parts] if isinstance(value, list) else [value, *parts]
    return limited_text(posixpath.join("", *(to_text(part) for part in given)))


@_section.define("normpath", "Without `.`, `..` and double `/`.", "'a/./b/../c' | normpath", "a/c")
def normpath(value: Value) -> str:
    return posixpath.normpath(text_of("normpath", value))


@_section.define("relpath", "The path as seen from another.", "'a/b/c' | relpath('a/d')", "../b/c")
def relpath(value: Value, start: str) -> str:
    # Both below one root, so that the current folder, which posixpath would ask for, plays no part.
    return posixpath.relpath(posixpath.join("/", text_of("relpath", value)), posixpath.join("/", start))
