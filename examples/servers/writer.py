"""Stands for a language model: drafts, judges and improves short texts, the same way every time."""

from __future__ import annotations

from typing import Any

from servers import loopback
from servers.loopback import Answer, Request

OPENINGS = {
    "plain": "{topic} in one minute.",
    "playful": "You, me, and {topic}: what could go wrong?",
}
PATCHES = {
    "name a number": "Nine out of ten people have an opinion on it.",
    "end with a question": "What is yours?",
}


def start() -> str:
    """Start the server; gives its address."""
    return loopback.start(_answer)


def _answer(request: Request) -> Answer:
    routes = {"/draft": _draft, "/judge": _judge, "/review": _review, "/improve": _improve}
    if request.path not in routes:
        return Answer({"error": f"nothing at {request.path}"}, 404)
    return Answer(routes[request.path](request.data))


def _draft(data: dict[str, Any]) -> dict[str, Any]:
    return {"style": data["style"], "text": OPENINGS[data["style"]].format(topic=data["topic"])}


def _judge(data: dict[str, Any]) -> dict[str, Any]:
    """Long subjects need plain words."""
    style = "plain" if len(data["topic"]) > 6 else "playful"
    reason = f"`{data['topic']}` is {'long' if style == 'plain' else 'short'}, so {style} reads better"
    return {"winner": style, "reason": reason}


def _review(data: dict[str, Any]) -> dict[str, Any]:
    missing = [advice for advice, patch in PATCHES.items() if patch not in data["text"]]
    return {"score": 10 - 3 * len(missing), "advice": missing[0] if missing else None}


def _improve(data: dict[str, Any]) -> str:
    return f"{data['text']} {PATCHES[data['advice']]}"
