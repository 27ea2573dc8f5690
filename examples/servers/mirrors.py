"""A few copies of one forecast: some answer, some fail, some never answer."""

from __future__ import annotations

from servers import loopback
from servers.loopback import Answer, Request


def start() -> str:
    """Start the mirrors; gives their address."""
    return loopback.start(_answer)


def _answer(request: Request) -> Answer:
    match request.path.strip("/").split("/"):
        case ["quick", name]:
            return Answer({"from": name, "degrees": 21})
        case ["broken", name]:
            return Answer({"error": f"{name} is out of order"}, 500)
        case ["silent", _]:
            return request.hang()
    return Answer({"error": f"nothing at {request.path}"}, 404)
