"""The `http` kind against a server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from braid.language.task_kind import TaskError
from braid.tasks import http_transfer
from braid.tasks.http import Http
from braid.testing.fake_context import FakeContext, act


class Server:
    """Echoes requests, and does what the path says."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        self.tokens = 0
        self.silent = asyncio.Event()
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.method, str(request.rel_url), headers, body))
        handler = getattr(self, f"do_{request.path.split('/')[1]}", None)
        if handler is not None:
            answer: web.StreamResponse = await handler(request)
            return answer
        return web.json_response({"method": request.method, "path": request.raw_path, "headers": headers, "body": body})

    async def do_status(self, request: web.Request) -> web.Response:
        headers = {"Retry-After": request.query["after"]} if "after" in request.query else {}
        return web.Response(status=int(request.path.split("/")[2]), text="why", headers=headers)

    async def do_away(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.query.get("status", "302")), headers={"Location": request.query["to"]})

    async def do_loop(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/loop"})

    async def do_page(self, request: web.Request) -> web.Response:
        number = int(request.query.get("number", "1"))
        following = str(request.rel_url.update_query(number=number + 1)) if number < 3 else None
        headers = {"Link": f'<{following}>; rel="next"'} if following else {}
        data = {"rows": [number], "next": following, "cursor": number + 1 if following else None}
        return web.json_response(data, headers=headers)

    async def do_type(self, request: web.Request) -> web.Response:
        headers = {"Content-Type": request.query["type"]} if request.query.get("type") else {}
        return web.Response(body=bytes.fromhex(request.query["hex"]), headers=headers)

    async def do_bomb(self, request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"0" * 3_000_000), headers={"Content-Encoding": "gzip"})

    async def do_token(self, request: web.Request) -> web.Response:
        self.tokens += 1
        return web.json_response({"access_token": f"t{self.tokens}", "expires_in": 3600})

    async def do_needs(self, request: web.Request) -> web.Response:
        good = request.headers.get("Authorization") == f"Bearer {request.query['token']}"
        return web.json_response("in" if good else None, status=200 if good else 401)

    async def do_silent(self, request: web.Request) -> web.Response:
        self.silent.set()
        await asyncio.Event().wait()
        raise AssertionError("it never answers")

    async def do_cookie(self, request: web.Request) -> web.Response:
        return web.json_response("", headers={"Set-Cookie": "session=1"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    runner = TestServer(app, handler_cancellation=True)
    await runner.start_server()
    served.url = str(runner.make_url("/")).rstrip("/")
    yield served
    await runner.close()


async def http(context: FakeContext, server: Any, path: str = "/echo", **fields: Any) -> Any:
    return await act(Http(), {"url": f"{server.url}{path}", **fields}, context)


async def test_request_is_sent_as_described(context: FakeContext, server: Server) -> None:
    result = await http(
        context, server, "/echo?a=1", method="post", params={"b": "x y&", "c": [1, True], "d": None},
        headers={"X-One": 1, "X-None": None}, json={"é": [1.5, None]},
    )  # fmt: skip

    seen = result["body"]
    assert seen["method"] == "POST"
    assert seen["path"] == "/echo?a=1&b=x+y%26&c=1&c=true"
    assert seen["headers"]["x-one"] == "1"
    assert "x-none" not in seen["headers"]
    assert seen["headers"]["content-type"] == "application/json"
    assert json.loads(seen["body"]) == {"é": [1.5, None]}
    assert (result["status"], result["headers"]["content-type"]) == (200, "application/json; charset=utf-8")
    assert Http().output(result) == seen


@pytest.mark.parametrize(
    ("fields", "kind", "body"),
    [
        ({"json": None}, "application/json", "null"),
        ({"form": {"a": "x&y", "b": [1, 2], "c": None}}, "application/x-www-form-urlencoded", "a=x%26y&b=1&b=2"),
        ({"body": "é"}, "text/plain; charset=utf-8", "é"),
        ({"body": b"x"}, "application/octet-stream", "x"),
        ({"body": "<a/>", "headers": {"Content-Type": "text/xml"}}, "text/xml", "<a/>"),
    ],
)
async def test_body_is_sent(fields: Any, kind: str, body: str, context: FakeContext, server: Server) -> None:
    seen = (await http(context, server, method="POST", **fields))["body"]

    assert (seen["headers"]["content-type"], seen["body"]) == (kind, body)


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": {"X": "a\r\nEvil: 1"}},
        {"headers": {"X": "a\nb"}},
        {"headers": {"X\r\nEvil": "1"}},
        {"headers": {"X:": "1"}},
        {"headers": {"": "1"}},
        {"auth": {"bearer": "a\r\nEvil: 1"}},
        {"json": 1, "body": "a"},
        {"json": b"a"},
        {"auth": {"bearer": "a", "basic": {"user": "b"}}},
        {"expect": "ok"},
    ],
)
async def test_request_that_can_not_be_sent_is_refused(fields: Any, context: FakeContext, server: Server) -> None:
    with pytest.raises(TaskError) as caught:
        await http(context, server, **fields)
    assert (caught.value.type, caught.value.retryable) == ("arguments", False)


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://h/", "file:///etc/passwd", "http://", "http://h:x/", "http://[/"]
)
async def test_address_that_is_no_http_url_is_refused(url: str, context: FakeContext) -> None:
    with pytest.raises(TaskError) as caught:
        await act(Http(), {"url": url}, context)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (404, False), (408, True), (425, True), (429, True), (500, True), (304, True)],
)
async def test_unexpected_status_fails_with_details(
    status: int, retryable: bool, context: FakeContext, server: Server
) -> None:
    with pytest.raises(TaskError, match=f"answered {status}") as caught:
        await http(context, server, f"/status/{status}?secret=1")

    assert caught.value.type == "http"
    assert caught.value.details["status"] == status
    assert caught.value.retryable is retryable
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("expect", [404, "4xx", "400-410", [200, "404"]])
async def test_expected_status_is_no_failure(expect: Any, context: FakeContext, server: Server) -> None:
    assert (await http(context, server, "/status/404", expect=expect))["status"] == 404


async def test_wait_that_a_server_asks_for_is_told(context: FakeContext, server: Server) -> None:
    for after, seconds in [("7", 7), ("Wed, 01 Jan 2020 00:00:00 GMT", 0), ("99999999", 24 * 3600), ("soon", None)]:
        with pytest.raises(TaskError) as caught:
            await http(context, server, "/status/503", params={"after": after})
        assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("kind", "data", "read", "value"),
    [
        ("application/json", b'{"a": 12345678901234567890123}', "auto", {"a": 12345678901234567890123}),
        ("application/problem+json", b"[1]", "auto", [1]),
        ("application/json", b"", "auto", None),
        ("text/plain", "é".encode(), "auto", "é"),
        ("text/plain; charset=latin-1", b"\xe9", "auto", "é"),
        ("text/plain; charset=nonsense", b"a", "auto", "a"),
        ("image/png", b"\x89PNG", "auto", b"\x89PNG"),
        ("", b"\xff", "auto", b"\xff"),
        ("text/plain", b"[1]", "json", [1]),
        ("application/json", b"[1]", "text", "[1]"),
        ("application/json", b"[1]", "bytes", b"[1]"),
    ],
)
async def test_answer_is_read_by_its_type(
    kind: str, data: bytes, read: str, value: Any, context: FakeContext, server: Server
) -> None:
    result = await http(context, server, "/type", params={"type": kind, "hex": data.hex()}, read=read)

    assert result["body"] == value


async def test_broken_json_fails(context: FakeContext, server: Server) -> None:
    for data in (b"{", b"\xff", b"NaN", b"[" * 100_000):
        with pytest.raises(TaskError, match="isn't the JSON"):
            await http(context, server, "/type", params={"type": "application/json", "hex": data.hex()[:4000]})


async def test_compressed_body_that_unfolds_is_stopped(
    context: FakeContext, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_transfer, "BODY_BYTES_MAX", 1_000_000)
    monkeypatch.setattr(http_transfer.exchange, "__defaults__", (1_000_000,))
    with pytest.raises(TaskError, match="more than") as caught:
        await http(context, server, "/bomb", read="bytes")
    assert caught.value.type == "limit"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_redirect_is_followed(status: int, method: str, context: FakeContext, server: Server) -> None:
    result = await http(
        context, server, "/away", method="POST", body="data", params={"to": "/echo?x=1", "status": status},
        auth={"bearer": "t"},
    )  # fmt: skip

    seen = result["body"]
    assert (seen["method"], seen["body"]) == (method, "data" if method == "POST" else "")
    assert seen["headers"]["authorization"] == "Bearer t"
    assert result["url"] == f"{server.url}/echo?x=1"


@pytest.mark.parametrize(
    "auth",
    [{"bearer": "t0p"}, {"basic": {"user": "u", "password": "t0p"}}, {"api_key": {"value": "t0p"}},
     {"api_key": {"value": "t0p", "name": "key", "in": "query"}}],
)  # fmt: skip
async def test_credentials_stay_with_their_host(auth: Any, context: FakeContext, server: Any) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    await http(
        context, server, "/away", params={"to": f"{elsewhere}/echo"}, auth=auth,
        headers={"Cookie": "t0p", "X-Key": "t0p", "Accept": "text/html"},
    )  # fmt: skip

    here, there = server.requests
    assert "t0p" in str(here) or "dTp0MHA=" in str(here)
    assert "t0p" not in str(there).replace("/away", "")
    assert "dTp0MHA=" not in str(there)
    assert there[2]["accept"] == "text/html"


async def test_endless_redirect_is_ended(context: FakeContext, server: Server) -> None:
    with pytest.raises(TaskError, match="redirected more than 10 times"):
        await http(context, server, "/loop")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:1"])
async def test_redirect_out_of_http_is_refused(target: str, context: FakeContext, server: Server) -> None:
    with pytest.raises(TaskError, match="isn't HTTP"):
        await http(context, server, "/away", params={"to": target})


async def test_cookies_are_not_kept(context: FakeContext, server: Server) -> None:
    await http(context, server, "/cookie")
    assert "cookie" not in (await http(context, server))["body"]["headers"]


async def test_token_is_shared_by_the_run_and_renewed_once(context: FakeContext, server: Any) -> None:
    oauth2 = {"token_url": f"{server.url}/token", "client_id": "me", "client_secret": "s"}
    auth = {"oauth2": oauth2}

    for token in ("t1", "t1", "t2"):
        assert (await http(context, server, "/needs", params={"token": token}, auth=auth))["body"] == "in"
    assert server.tokens == 2
    with pytest.raises(TaskError, match="401"):
        await http(context, server, "/needs", params={"token": "other"}, auth=auth)
    assert server.tokens == 3


@pytest.mark.parametrize(
    ("paginate", "items"),
    [
        ({"items": "result.body.rows"}, [1, 2, 3]),
        ({"items": "result.body.rows", "next": "result.body.next"}, [1, 2, 3]),
        (
            {"items": "result.body.rows", "next": "{'number': result.body.cursor} if result.body.next else {}"},
            [1, 2, 3],
        ),
        ({"items": "result.body.rows", "max_pages": 2}, [1, 2]),
    ],
)  # fmt: skip
async def test_pages_are_joined(paginate: Any, items: list[int], context: FakeContext, server: Server) -> None:
    result = await http(context, server, "/page", paginate=paginate)

    assert (result["body"], result["pages"], result["more"]) == (items, len(items), len(items) < 3)


@pytest.mark.parametrize(
    ("paginate", "words"),
    [
        ({"items": "result.body"}, "no list on page 1"),
        ({"items": "result.body.rows", "next": "result.url"}, "again"),
        ({"items": "result.body.rows", "next": "'ftp://h/'"}, "no URL"),
        ({"items": "result.body.rowz"}, "rowz"),
    ],
)
async def test_pages_that_make_no_sense_fail(paginate: Any, words: str, context: FakeContext, server: Server) -> None:
    with pytest.raises(TaskError, match=words):
        await http(context, server, "/page", paginate=paginate)


async def test_next_page_elsewhere_gets_no_credentials(context: FakeContext, server: Any) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    paginate = {"items": "[1]", "next": f"'{elsewhere}/echo' if '127' in result.url else none"}
    await http(context, server, auth={"bearer": "t0p"}, headers={"X-Key": "t0p"}, paginate=paginate)

    assert "t0p" in str(server.requests[0])
    assert "t0p" not in str(server.requests[1])


async def test_unreachable_server_is_named(context: FakeContext, unused_tcp_port: int) -> None:
    with pytest.raises(TaskError, match=f"no connection to 127.0.0.1:{unused_tcp_port}") as caught:
        await act(Http(), {"url": f"http://127.0.0.1:{unused_tcp_port}/"}, context)
    assert caught.value.retryable


async def test_name_that_does_not_exist_is_named(context: FakeContext) -> None:
    with pytest.raises(TaskError, match="no-such-host"):
        await act(Http(), {"url": "http://no-such-host.invalid/"}, context)


async def test_cancelling_ends_the_request(context: FakeContext, server: Server) -> None:
    running = asyncio.ensure_future(http(context, server, "/silent"))
    await server.silent.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    session: aiohttp.ClientSession = await context.shared("http", lambda: asyncio.sleep(0))
    assert session.connector is not None
    assert not session.connector._acquired  # type: ignore[attr-defined]  # the only place that tells


def test_constant_mistakes_are_found() -> None:
    def problems(**constants: Any) -> list[str]:
        return [problem.message for problem in Http().check(constants)]

    assert problems(url="example.org/x") == ["`example.org/x` is no whole URL"]
    assert problems(json=1, body="x") == ["`json` and `body` exclude each other"]
    assert problems(auth={}) == ["`auth` has one way: bearer, basic, api_key or oauth2"]
    assert len(problems(paginate={"next": "result..x"})) == 1
    assert problems(url="http://h/", paginate={"next": "link", "items": "result.body.rows"}) == []
