"""Three shops that answer with their orders, each in its own way."""

from __future__ import annotations

from servers import loopback
from servers.loopback import Answer, Request

ORDERS = {
    "/north/orders": [
        {"order": "N-1", "item": "tea", "amount": 12.5, "currency": "EUR"},
        {"order": "N-2", "item": "cups", "amount": 30, "currency": "EUR"},
    ],
    "/south/orders?page=1": {
        "orders": [
            {"order": "S-1", "item": "tea", "amount": 80, "currency": "SEK"},
            {"order": "S-2", "item": "kettle", "amount": 450, "currency": "SEK"},
        ],
        "next_page": 2,
    },
    "/south/orders?page=2": {
        "orders": [{"order": "S-3", "item": "cups", "amount": 0, "currency": "SEK"}],
        "next_page": None,
    },
    "/west/orders": [{"order": "W-1", "item": "kettle", "amount": 45, "currency": "USD"}],
}


def start() -> str:
    """Start the shops; gives their address."""
    return loopback.start(_answer)


def _answer(request: Request) -> Answer:
    # The north is often busy: only the third request for the same thing gets through.
    if request.path.startswith("/north/") and request.visit < 3:
        return Answer({"error": "busy"}, 503)
    if request.path in ORDERS:
        return Answer(ORDERS[request.path])
    return Answer({"error": f"nothing at {request.path}"}, 404)
