"""A server in a thread of this process: started by one step of a workflow, stopped by another."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a route gives back: data as JSON, text as it is."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Service(ThreadingHTTPServer):
    """Answers `route(request)`; a request that is still waiting when the server stops is let go."""

    def __init__(self, route: Callable[[Request], Answer]) -> None:
        # Port 0: the system chooses a free one.
        super().__init__(("127.0.0.1", 0), Request)
        self.route = route
        self.visits: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        # Daemons all: a run that is ended by force must not be held up by them.
        self.workers: list[threading.Thread] = []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def process_request(self, request: Any, client_address: Any) -> None:
        worker = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self.workers.append(worker)
        worker.start()

    def stop(self) -> None:
        """Answer what waits and end; on return none of the threads is left."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for thread in (self.thread, *self.workers):
            thread.join()


class Request(BaseHTTPRequestHandler):
    """One request, as a route sees it: `path`, `data`, `visit` (from 1, for this path) and `hang`."""

    server: Service
    data: Any = None
    visit: int = 0

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.visits[self.path] += 1
            self.visit = self.server.visits[self.path]
        answer = self.server.route(self)
        is_text = isinstance(answer.body, str)
        body = (answer.body if is_text else json.dumps(answer.body)).encode()
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8" if is_text else "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass  # whoever asked has gone: a timeout, or another was faster

    def do_POST(self) -> None:
        self.data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def hang(self) -> Answer:
        """As a server that has stopped answering: nothing comes until it is stopped."""
        self.server.stopping.wait()
        return Answer("stopped", 503)

    def log_message(self, format: str, *args: object) -> None:
        """The run has a log of its own."""


_running: dict[str, Service] = {}


def start(route: Callable[[Request], Answer]) -> str:
    """Start a server and give its address, such as `http://127.0.0.1:40123`."""
    service = Service(route)
    service.thread.start()
    url = f"http://127.0.0.1:{service.server_port}"
    _running[url] = service
    return url


def stop(url: str) -> None:
    """Stop the server at this address and wait until its threads have ended."""
    _running.pop(url).stop()
