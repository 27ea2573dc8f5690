"""What an HTTP answer means: whether it is a failure, and what its body holds."""

from __future__ import annotations

import functools
import re
from codecs import BOM_UTF8
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from braid.language.task_kind import TaskError, Value
from braid.tasks.file_formats import FormatError, json_value
from braid.tasks.http_transfer import Answer

EXCERPT_CHARS_MAX: Final = 2_000
"""Of an answer's body in a failure's details."""
RETRY_AFTER_SECONDS_MAX: Final = 24 * 3600
_TRY_AGAIN: Final = frozenset({408, 425, 429})
"""Answers of 400 to 499 that say that the same request may succeed later."""

Expected = int | str | list[int | str]
Read = Literal["auto", "json", "text", "bytes"]


def checked_answer(answer: Answer, expected: Expected) -> Answer:
    """The answer, if its status is expected.

    Raises:
        TaskError: Of type `http`, with status and the start of the body as details.
    """
    if _is_expected(answer.status, expected):
        return answer
    excerpt = answer.body[: EXCERPT_CHARS_MAX * 4].decode("utf-8", "replace")[:EXCERPT_CHARS_MAX]
    raise TaskError(
        f"{answer.url.with_query(None)} answered {answer.status} {answer.reason}".rstrip(),
        type="http",
        details={"status": answer.status, "body": excerpt, "url": str(answer.url)},
        retryable=not 400 <= answer.status < 500 or answer.status in _TRY_AGAIN,
        retry_after=_retry_after(answer),
    )


def _is_expected(status: int, expected: Expected) -> bool:
    if isinstance(expected, list):
        return any(_is_one(status, item) for item in expected)
    return _is_one(status, expected)


@functools.lru_cache(maxsize=256)
def _is_one(status: int, expected: int | str) -> bool:
    text = str(expected).strip().lower()
    if found := re.fullmatch(r"([1-5])xx", text):
        return status // 100 == int(found[1])
    if found := re.fullmatch(r"(\d{3})(?:\s*-\s*(\d{3}))?", text):
        return int(found[1]) <= status <= int(found[2] or found[1])
    raise TaskError(
        f"`expect` must be like 200, 2xx or 200-299, and not `{expected}`", type="arguments", retryable=False
    )


def _retry_after(answer: Answer) -> float | None:
    """Seconds, from a number of them or a date (RFC 9110, section 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return float(min(int(text), RETRY_AFTER_SECONDS_MAX))
    when, now = _date(text), _date(answer.headers.get("date", "")) or datetime.now(UTC)
    return min(max((when - now).total_seconds(), 0.0), RETRY_AFTER_SECONDS_MAX) if when else None


def _date(text: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def content_of(answer: Answer, read: Read) -> Value:
    """What the body holds; null for an empty one that should be JSON.

    Raises:
        TaskError: It can't be read like that.
    """
    kind, charset = _content_type(answer.headers.get("content-type", ""))
    if read == "auto":
        read = _read_for(kind, charset)
    if read == "bytes":
        return answer.body
    if read == "json":
        return _json(answer)
    return _text(answer, charset, strict=bool(kind))


@functools.lru_cache(maxsize=256)
def _content_type(header: str) -> tuple[str, str | None]:
    """Media type and character set. Reading it takes 12 µs, and a server always says the same."""
    message = Message()
    message["content-type"] = header
    return message.get_content_type() if header else "", message.get_content_charset()


def _read_for(kind: str, charset: str | None) -> Read:
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    if not kind or charset or kind.startswith("text/") or kind.endswith(("/xml", "+xml", "/javascript")):
        return "text"
    if kind in ("application/x-www-form-urlencoded", "application/x-ndjson", "application/yaml"):
        return "text"
    return "bytes"


def _json(answer: Answer) -> Value:
    if not answer.body.strip():
        return None
    try:
        # Not the codec `utf-8-sig`: that one is written in Python.
        return json_value(answer.body.removeprefix(BOM_UTF8).decode())
    except (FormatError, UnicodeDecodeError) as error:
        excerpt = answer.body[:EXCERPT_CHARS_MAX].decode("utf-8", "replace")
        raise TaskError(
            f"the answer of {answer.url.host} isn't the JSON it should be: {error}",
            type="http",
            details={"status": answer.status, "body": excerpt},
        ) from None


def _text(answer: Answer, charset: str | None, *, strict: bool) -> Value:
    try:
        return answer.body.decode(charset or "utf-8")
    except UnicodeDecodeError:
        if not strict:
            # It has no content type, so nobody said that it was text.
            return answer.body
        return answer.body.decode(charset or "utf-8", "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")
