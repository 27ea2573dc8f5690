"""One HTTP exchange: a request, its redirects, and the answer, each within its limits."""

from __future__ import annotations

import functools
import re
import urllib.request
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from braid.language.task_kind import TaskContext, TaskError
from braid.tasks.http_auth import Credentials

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

BODY_BYTES_MAX: Final = 64 * 1024 * 1024
"""An answer's body, decompressed; all pages of a step together."""
REDIRECTS_MAX: Final = 10
CONNECT_SECONDS_MAX: Final = 30
SILENCE_SECONDS_MAX: Final = 300
"""How long a server may send nothing; the step's own `timeout` ends it earlier."""
_CHUNK_BYTES: Final = 256 * 1024
_TO_STRANGERS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})
"""Headers that are sent on to another host; any other may be a credential."""
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Request(msgspec.Struct, frozen=True):
    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | None


class Answer(msgspec.Struct, frozen=True):
    """`headers`: names in lower case; several of one name are joined by a comma (RFC 9110, section 5.3)."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    url: URL
    next_link: str | None


async def session_of(context: TaskContext) -> aiohttp.ClientSession:
    """The session of the run: its connections are shared by all steps, cookies by none."""
    session: aiohttp.ClientSession = await context.shared("http", _new_session)
    return session


async def _new_session() -> aiohttp.ClientSession:
    import aiohttp

    return aiohttp.ClientSession(
        # How many requests run at once is said by the workflow: max_concurrency and pools.
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS_MAX, sock_read=SILENCE_SECONDS_MAX),
    )


async def exchange(
    session: aiohttp.ClientSession, request: Request, credentials: Credentials, bytes_max: int = BODY_BYTES_MAX
) -> Answer:
    """Send a request and follow its redirects; credentials stay with the first host.

    Raises:
        TaskError: No connection, too many redirects, a body above `bytes_max`.
    """
    import aiohttp

    first = request.url
    renewed = False
    redirects = 0
    while True:
        trusted = request.url is first or request.url.origin() == first.origin()
        sent = await _with_credentials(request, credentials) if trusted else request
        try:
            answer = await _once(session, sent, bytes_max)
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise _no_answer(request, error) from error
        if answer.status == 401 and trusted and not renewed and credentials.renew():
            renewed = True
            continue
        target = answer.headers.get("location") if answer.status in (301, 302, 303, 307, 308) else None
        if target is None:
            return replace(answer, url=request.url)
        redirects += 1
        if redirects > REDIRECTS_MAX:
            raise TaskError(
                f"{request.url.host} redirected more than {REDIRECTS_MAX} times", type="http", retryable=False
            )
        request = _redirected(request, answer, target, first.origin())


async def _with_credentials(request: Request, credentials: Credentials) -> Request:
    headers, query = {**request.headers, **await credentials.headers()}, credentials.query()
    for name, value in headers.items():
        # A line end inside would begin a header, or a request, of its own.
        problem = (
            f"`{name}` can't be the name of a header"
            if not _NAME.fullmatch(name)
            else f"the header `{name}` has a line end or another control character in its value"
            if _CONTROL.search(value)
            else None
        )
        if problem:
            raise TaskError(problem, type="arguments", retryable=False)
    url = request.url.update_query(query) if query else request.url
    return replace(request, headers=headers, url=url)


async def _once(session: aiohttp.ClientSession, request: Request, bytes_max: int) -> Answer:
    async with session.request(
        request.method,
        request.url,
        headers=request.headers,
        data=request.body,
        allow_redirects=False,
        proxy=_proxy(request.url.scheme, request.url.host or ""),
    ) as response:
        body = await _body(response, bytes_max)
        headers = {name.lower(): value for name, value in response.headers.items()}
        if len(headers) != len(response.headers):
            headers = _joined(response.headers.items())
        links = response.links if "link" in headers else {}
        link = links["next"].get("url") if "next" in links else None
        return Answer(
            response.status,
            response.reason or "",
            headers,
            body,
            response.url,
            str(link) if link is not None else None,
        )


def _joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


async def _body(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    length = response.content_length
    if length is not None and length <= bytes_max and "Content-Encoding" not in response.headers:
        return await response.content.read()
    chunks: list[bytes] = []
    size = 0
    # Counted while it is read: a small compressed body may unfold without end.
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        size += len(chunk)
        if size > bytes_max:
            raise TaskError(
                f"the answer of {response.url.host} has more than {BODY_BYTES_MAX // 1024**2} MiB",
                type="limit",
                retryable=False,
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _redirected(request: Request, answer: Answer, target: str, origin: URL) -> Request:
    from yarl import URL

    try:
        url = request.url.join(URL(target))
    except ValueError:
        raise TaskError(f"{request.url.host} redirects to `{target}`, which is no URL", type="http") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise TaskError(f"{request.url.host} redirects to `{target}`, which isn't HTTP", type="http", retryable=False)
    method, body, headers = request.method, request.body, dict(request.headers)
    # RFC 9110, section 15.4: 303 asks for the result with GET; 301 and 302 are used like that for POST.
    if (answer.status == 303 and method != "HEAD") or (answer.status in (301, 302) and method == "POST"):
        method, body = "GET", None
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    if url.origin() != origin:
        headers = {name: value for name, value in headers.items() if name.lower() in _TO_STRANGERS}
    return Request(method, url, headers, body)


@functools.lru_cache(maxsize=256)
def _proxy(scheme: str, host: str) -> str | None:
    # aiohttp's trust_env would also send passwords from ~/.netrc.
    return None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(scheme)


def _no_answer(request: Request, error: Exception) -> TaskError:
    import aiohttp

    where = f"{request.url.host}:{request.url.port}"
    details: dict[str, Any] = {"host": request.url.host}  # Any: values of the language
    match error:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return TaskError(f"`{request.url}` is no URL that can be asked", type="http", retryable=False)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            message = f"{where} can't show who it is: {error}"
        case aiohttp.ClientConnectorDNSError():
            message = f"the name `{request.url.host}` can't be found"
        case aiohttp.ServerTimeoutError() | TimeoutError():
            message = f"{where} didn't answer in time"
        case aiohttp.ClientConnectorError():
            message = f"no connection to {where}: {error.os_error.strerror or error.os_error}"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | ConnectionError():
            message = f"{where} ended the connection without an answer"
        case aiohttp.ClientPayloadError():
            message = f"{where} ended its answer too early"
        case _:
            message = f"{where}: {error or type(error).__name__}"
    return TaskError(message, type="connection", details=details)
