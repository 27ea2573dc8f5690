"""The server that `http` cases talk to: it echoes requests, and does what the path says."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

_TEXTS = {"json": '{"a": 1}', "text": '{"a": 1}', "bytes": "raw"}
_TYPES = {"json": "application/json", "text": "text/plain", "bytes": "application/octet-stream"}


class Loopback:
    """What each path does: `/echo…` repeats the request, `/status/N`, `/flaky/N` (N failures first), `/pages`, …"""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self._seen: Counter[str] = Counter()
        server.expect_request("/token").respond_with_json({"access_token": "tok-oauth", "expires_in": 60})
        for name, text in _TEXTS.items():
            server.expect_request(f"/as/{name}").respond_with_data(text, content_type=_TYPES[name])
        server.expect_request("/away").respond_with_data("", 302, {"Location": "/echo/there"})
        for pattern, handler in (("/status/", _status), ("/flaky/", self._flaky), ("/pages", _page), ("/echo", _echo)):
            server.expect_request(re.compile(pattern + ".*")).respond_with_handler(handler)

    def _flaky(self, request: Request) -> Response:
        self._seen[request.path] += 1
        failing = self._seen[request.path] <= int(request.path.rpartition("/")[2])
        return Response(status=503) if failing else _json({"calls": self._seen[request.path]})


def _echo(request: Request) -> Response:
    basic = request.authorization
    return _json(
        {
            "method": request.method,
            "target": request.environ["RAW_URI"],
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": request.get_data(as_text=True),
            "user": basic.username if basic and basic.type == "basic" else None,
            "body64": base64.b64encode(request.get_data()).decode(),
        }
    )


def _status(request: Request) -> Response:
    return Response("why", status=int(request.path.rpartition("/")[2]))


def _page(request: Request) -> Response:
    number = int(request.args.get("number", "1"))
    more = number < 3
    headers = {"Link": f'</pages?number={number + 1}>; rel="next"'} if more else {}
    return _json({"rows": [number], "cursor": number + 1 if more else None}, headers)


def _json(value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(value), headers=headers, content_type="application/json")
