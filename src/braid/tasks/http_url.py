"""Data in a URL: each interpolation is percent-encoded for the part in which it stands (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from braid.expressions.errors import EvaluationError
from braid.expressions.values import kind_of, to_text
from braid.language.task_kind import Part, Value

_HOST: Final = re.compile(r"[A-Za-z0-9._~:\[\]-]*")
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_ESCAPED_DELIMITER: Final = re.compile(r"(?i)%(2[146789ac]|3[abd]|40)")
"""A delimiter that may stand bare in a path, encoded (RFC 3986, section 3.3)."""
_MARK: Final = "\0"
"""Before an encoded value, while the parts are joined."""


def join_url(parts: Sequence[Part]) -> Value:
    """The URL of its texts and interpolations, in order.

    A value at the very start is a base URL and stays as it is. One in the host may only have the characters of a host
    and port, so that data can't change where the request goes. Elsewhere everything but letters, digits and `-._~` is
    encoded; a value can't be `.` or `..` or nothing where it is a whole part of the path. `| raw` puts bare text.

    Raises:
        EvaluationError: A value can't stand where it does.
    """
    url = ""
    for part in parts:
        if isinstance(part, str):
            url += part
        elif part.raw or not url.strip():
            url += _text(part.value)
        else:
            url += _MARK + _encoded(_text(part.value), url.replace(_MARK, "").lstrip())
    _check_path(url)
    return url.replace(_MARK, "").strip()


def exact_path(url: str) -> str | None:
    """The URL's path, encoded and with every encoded delimiter as it is; None when yarl leaves them alone anyway.

    yarl writes `%3B` in a path as `;`, which many servers take for the start of a parameter: what was encoded because
    it is data must not become syntax.
    """
    if "%" not in url:  # nearly always
        return None
    path = urlsplit(url).path
    if not _ESCAPED_DELIMITER.search(path):
        return None
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(path, safe="%/:@!$&'()*+,;=~"))


def _text(value: Value) -> str:
    if isinstance(value, (list, dict)):
        raise EvaluationError(
            f"{kind_of(value)} can't stand in a URL", "type", help="use `params`, or `| join(',')` with `| raw`"
        )
    text = to_text(value)
    if _MARK in text:
        raise EvaluationError("a URL can't hold a NUL character")
    return text


def _encoded(text: str, before: str) -> str:
    if not _AUTHORITY.fullmatch(before):
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:/?", before):
            raise EvaluationError("a value can't stand between the scheme and the host", "security")
        return text if text.isalnum() and text.isascii() else quote(text, safe="")
    if not _HOST.fullmatch(text):
        raise EvaluationError(
            f"`{text}` can't be a part of a host",
            "security",
            help="if it is a path, write `/` before it; if it is part of the address as it stands, `| raw`",
        )
    return text


def _check_path(url: str) -> None:
    """Refuse values that would walk through the path: encoding doesn't help, `%2e%2e` is the same to a server."""
    path = url.partition("?")[0].partition("#")[0]
    for segment in path.split("/")[1:]:
        if _MARK not in segment:
            continue
        plain = segment.replace(_MARK, "")
        if "%" in plain:
            plain = unquote(plain)
        if plain in (".", ".."):
            raise EvaluationError(f"`{plain}` can't be a part of a path", "security", help="write `| raw` if it may")
        if not plain:
            raise EvaluationError(
                "there is nothing in a part of the URL's path", "security", help="give it a value, or write `| raw`"
            )
