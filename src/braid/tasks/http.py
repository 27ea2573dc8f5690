"""`http`: a request to a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

import msgspec
from msgspec.structs import replace

from braid.expressions import EvaluationError, ExpressionSyntaxError, MappingScope, compile_expression, to_text
from braid.language.task_kind import (
    ActiveTask,
    Effect,
    FieldProblem,
    FieldRule,
    TaskContext,
    TaskError,
    TaskFields,
    Value,
    described,
)
from braid.tasks.file_formats import FormatError, json_text
from braid.tasks.http_answer import Expected, Read, checked_answer, content_of
from braid.tasks.http_auth import Auth, Credentials, token_source
from braid.tasks.http_transfer import BODY_BYTES_MAX, Answer, Request, exchange, session_of
from braid.tasks.http_url import exact_path, join_url

if TYPE_CHECKING:
    from yarl import URL

    from braid.language.types.lattice import Type

PAGES_MAX: Final = 1_000
"""Pages that are fetched when `max_pages` doesn't say; more fail the step."""

_IDEMPOTENT_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
"""RFC 9110, section 9.2.2."""

Scalar = str | int | float | bool | None


class Paginate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    next: Annotated[
        str,
        msgspec.Meta(
            description="`link` (the Link header), or a bare expression over `result` that gives the next page's URL, "
            "or an object of query parameters for it; null or empty text at the end."
        ),
    ] = "link"
    items: Annotated[
        str, msgspec.Meta(description="A bare expression over `result` that gives a page's list of items.")
    ] = "result.body"
    max_pages: Annotated[
        int | None,
        msgspec.Meta(ge=1, description=f"Stop after so many pages. Without it more than {PAGES_MAX} pages fail."),
    ] = None


class HttpFields(TaskFields, frozen=True, kw_only=True):
    url: Annotated[
        str,
        described(
            "Where to. A `{{ … }}` in the path or query is percent-encoded; `| raw` puts bare text.",
            FieldRule(join=join_url),
        ),
    ]
    method: Annotated[str, described("The method.", pattern=r"^[A-Za-z]+$")] = "GET"
    params: Annotated[
        dict[str, Scalar | list[Scalar]], described("Query parameters; those with null are left out, lists repeated.")
    ] = msgspec.field(default_factory=dict)
    headers: Annotated[dict[str, Scalar], described("Headers; those with null are left out.")] = msgspec.field(
        default_factory=dict
    )
    json: Annotated[Value, described("A value to send as JSON.")] = msgspec.UNSET
    form: Annotated[
        dict[str, Scalar | list[Scalar]] | None, described("Fields to send as an HTML form does (urlencoded).")
    ] = None
    body: Annotated[str | bytes | None, described("Text or bytes to send.")] = None
    auth: Annotated[
        Auth | None, described("Credentials: bearer, basic, api_key or oauth2. They stay with this host.")
    ] = None
    expect: Annotated[
        Expected, described("Status codes that are no failure: `200`, `2xx`, `200-299`, or a list of them.")
    ] = "2xx"
    read: Annotated[Read, described("How to read the answer; `auto` goes by its content type.")] = "auto"
    paginate: Annotated[Paginate | None, described("Fetch further pages and put their items into one list.")] = None


class Http(ActiveTask):
    name = "http"
    fields = HttpFields
    summary = "Sends an HTTP request. Certificates are checked; redirects are followed, at most 10."
    result = (
        "`{status, headers, body, url}`, header names in lower case; with `paginate` also `pages` and `more`. "
        f"The output is `result.body`, at most {BODY_BYTES_MAX // 1024**2} MiB."
    )
    shorthand = "url"
    effect = Effect.WRITES
    example: ClassVar[str] = """\
name: http-example            # it asks a small server of its own, so that it runs anywhere
steps:
  - id: server
    python:
      code: |
        import http.server, threading
        class Cities(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"city": "%s"}' % self.path.rpartition("/")[2].encode())
            def log_message(self, *args):
                pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Cities)
        threading.Thread(target=server.handle_request, daemon=True).start()
        return server.server_port
  - id: city
    http:
      url: http://127.0.0.1:{{ server }}/cities/{{ 'Lima' }}
      headers: {Accept: application/json}
    timeout: 10s
output: "{{ city.city }}"
"""

    def check(self, constants: Mapping[str, Value]) -> Iterable[FieldProblem]:
        given = [name for name in ("json", "form", "body") if constants.get(name) is not None]
        if len(given) > 1:
            yield FieldProblem(
                (given[1],), f"`{given[0]}` and `{given[1]}` exclude each other", help="keep one of them"
            )
        auth = constants.get("auth")
        if isinstance(auth, dict) and len(auth) != 1:
            yield FieldProblem(("auth",), "`auth` has one way: bearer, basic, api_key or oauth2")
        url = constants.get("url")
        if isinstance(url, str) and not re.match(r"(?i)https?://[^/]", url):
            yield FieldProblem(("url",), f"`{url}` is no whole URL", help="write `https://` and the host in front")
        paginate = constants.get("paginate")
        if isinstance(paginate, dict):
            for name in ("next", "items"):
                yield from _expression_problems(name, paginate.get(name))

    def output(self, result: Value) -> Value:
        return result["body"]

    def result_type(self, fields: Mapping[str, Type]) -> Type:
        from braid.language.types.lattice import BOOL, BYTES, INT, TEXT, UNKNOWN, ListOf, ObjectOf, literal, union

        body: Type = UNKNOWN
        match literal(fields.get("read")):
            case "text":
                body = union((TEXT, BYTES))
            case "bytes":
                body = BYTES
        keys = {"status": INT, "headers": ObjectOf({}, rest=TEXT), "body": body, "url": TEXT}
        if "paginate" in fields:
            keys |= {"body": ListOf(UNKNOWN), "pages": INT, "more": BOOL}
        return ObjectOf(keys, optional=frozenset({"pages", "more"}) & keys.keys())

    def output_type(self, result: Type) -> Type:
        from braid.language.types.members import member

        return member(result, "body")[0]

    def result_of(self, output: Value) -> Value:
        return {"status": 200, "headers": {}, "body": output, "url": ""}

    def repeatable(self, fields: HttpFields) -> bool:
        if fields.method.upper() in _IDEMPOTENT_METHODS:
            return True
        # draft-ietf-httpapi-idempotency-key-header: the server answers a repeated key as it did the first time.
        return any(name.lower() == "idempotency-key" and bool(value) for name, value in fields.headers.items())

    async def run(self, fields: HttpFields, context: TaskContext) -> Value:
        request = _request(fields)
        session = await session_of(context)
        oauth2 = fields.auth.oauth2 if fields.auth else None
        tokens = await token_source(oauth2, context, lambda: session_of(context)) if oauth2 else None
        credentials = Credentials(fields.auth, tokens)
        if fields.paginate is not None:
            return await _pages(fields, fields.paginate, request, credentials, context)
        answer = checked_answer(await exchange(session, request, credentials), fields.expect)
        return _result(answer, content_of(answer, fields.read))


def _result(answer: Answer, body: Value) -> dict[str, Value]:
    return {"status": answer.status, "headers": answer.headers, "body": body, "url": str(answer.url)}


def _expression_problems(name: str, source: Value) -> Iterable[FieldProblem]:
    if not isinstance(source, str) or (name == "next" and source == "link"):
        return
    try:
        compile_expression(source)
    except ExpressionSyntaxError as error:
        yield FieldProblem(("paginate", name), error.message, help=error.help, offset=error.start)


async def _pages(
    fields: HttpFields, paginate: Paginate, request: Request, credentials: Credentials, context: TaskContext
) -> Value:
    """All pages, one after the other; the first failure is the step's."""
    session = await session_of(context)
    items: list[Value] = []
    seen = {str(request.url)}
    size = pages = 0
    while True:
        answer = checked_answer(await exchange(session, request, credentials, BODY_BYTES_MAX - size), fields.expect)
        size += len(answer.body)
        pages += 1
        result = _result(answer, content_of(answer, fields.read))
        found = _evaluated("items", paginate.items, result)
        if not isinstance(found, list):
            raise TaskError(f"`paginate.items` gives no list on page {pages}", type="paginate", retryable=False)
        items += found
        url = _next_url(paginate, answer, result)
        if url is None or pages == paginate.max_pages:
            return {**result, "body": items, "pages": pages, "more": url is not None}
        if str(url) in seen:
            raise TaskError(f"page {pages} names `{url}` as the next one again", type="paginate", retryable=False)
        if pages >= PAGES_MAX and paginate.max_pages is None:
            raise TaskError(f"there are more than {PAGES_MAX} pages; set `max_pages`", type="limit", retryable=False)
        seen.add(str(url))
        if url.origin() != request.url.origin():
            # Links are data of the server: credentials don't follow them to another host.
            credentials = Credentials(None, None)
            request = replace(request, headers={})
        request = replace(request, url=url)


def _next_url(paginate: Paginate, answer: Answer, result: Value) -> URL | None:
    from yarl import URL

    found = answer.next_link if paginate.next == "link" else _evaluated("next", paginate.next, result)
    if found in (None, "", {}):
        return None
    if isinstance(found, dict):
        return answer.url.update_query({name: to_text(value) for name, value in found.items()})
    try:
        url = answer.url.join(URL(found))
    except (TypeError, ValueError):
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise TaskError("`paginate.next` gives no URL", type="paginate", retryable=False)
    return url


def _evaluated(field: str, source: str, result: Value) -> Value:
    try:
        return compile_expression(source).evaluate(MappingScope({"result": result}))
    except (ExpressionSyntaxError, EvaluationError) as error:
        raise TaskError(f"`paginate.{field}`: {error.message}", type="expression", retryable=False) from None


def _request(fields: HttpFields) -> Request:
    from yarl import URL

    try:
        url = URL(fields.url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("it needs `http://` or `https://` and a host")
        if path := exact_path(fields.url):
            url = url.with_path(path, encoded=True, keep_query=True)
        if fields.params:
            url = url.extend_query(_pairs(fields.params))
    except (ValueError, TypeError) as error:
        raise _mistake(f"`{fields.url}` is no URL: {error}") from None
    headers, body = _content(fields)
    headers |= {name: _text(value) for name, value in fields.headers.items() if value is not None}
    return Request(fields.method.upper(), url, headers, body)


def _content(fields: HttpFields) -> tuple[dict[str, str], bytes | None]:
    """Content type and body of what is sent."""
    if sum((fields.json is not msgspec.UNSET, fields.form is not None, fields.body is not None)) > 1:
        raise _mistake("`json`, `form` and `body` exclude each other")
    if fields.json is not msgspec.UNSET:
        try:
            return {"Content-Type": "application/json"}, json_text(fields.json).encode()
        except FormatError as error:
            raise _mistake(f"`json`: {error}") from None
    if fields.form is not None:
        from urllib.parse import urlencode

        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(_pairs(fields.form)).encode()
    if isinstance(fields.body, str):
        return {"Content-Type": "text/plain; charset=utf-8"}, fields.body.encode()
    return ({"Content-Type": "application/octet-stream"} if fields.body is not None else {}), fields.body


def _pairs(values: Mapping[str, Scalar | list[Scalar]]) -> list[tuple[str, str]]:
    return [
        (name, _text(item))
        for name, value in values.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]


def _text(value: Value) -> str:
    try:
        return to_text(value)
    except EvaluationError as error:
        raise _mistake(error.message) from None


def _mistake(message: str) -> TaskError:
    return TaskError(message, type="arguments", retryable=False)
