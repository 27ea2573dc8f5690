"""Interpolations in a URL, encoded for the part in which they stand."""

from typing import Final
from urllib.parse import quote

from braid.expressions.errors import EvaluationError
from braid.expressions.text import PLACEHOLDER
from braid.expressions.values import Value, kind_of, to_text

_HOST: Final = ".-_~:[]"


class UrlEncoder:
    """Percent-encodes values so that data can't add a path, a parameter or a host (RFC 3986).

    At the very start a value is the base URL and stays as it is. In the host, everything but letters, digits
    and `.-_~:[]` is encoded, so that no `@` or `/` changes where a request goes; in path, query and fragment
    everything that is not unreserved. `| raw` gives the bare text anywhere.
    """

    def encode(self, value: Value, before: str, raw: bool, index: int) -> str:
        """See `Encoder`.

        Raises:
            EvaluationError: A list or object; or a path segment `.` or `..`, which would walk through the path.
        """
        if isinstance(value, (list, tuple, dict)):
            raise EvaluationError(
                f"{kind_of(value)} can't stand in a URL", "type", help="use `params:`, or `| join(',')`"
            )
        text = to_text(value)
        start = before.lstrip()
        if raw or not start:
            return text
        if "?" in start or "#" in start:
            return quote(text, safe="")
        if self._in_authority(start):
            return quote(text, safe=_HOST)
        if text in (".", "..") and before.endswith("/"):
            # Percent-encoding would not help: `%2e%2e` is the same segment to a server.
            raise EvaluationError(f"`{text}` can't be a part of a path", "security", help="write `| raw` to allow it")
        return quote(text, safe="")

    @staticmethod
    def _in_authority(before: str) -> bool:
        scheme, separator, rest = before.partition("://")
        if separator:
            return "/" not in rest and "/" not in scheme
        # `//host`: an address that takes its scheme from where it is used.
        return before.startswith("//") and "/" not in before[2:] and PLACEHOLDER not in before[:2]
