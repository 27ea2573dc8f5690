"""Runs for the reports to look back at, and what they look like as text."""

from __future__ import annotations

from collections.abc import Iterable

from braid.journal.owner import Owner
from braid.report.lines import text_of
from braid.report.progress_view import Line
from braid.report.run_facts import RunFacts
from braid.report.run_history import RunHistory
from braid.testing.driver import START_TIME
from braid.testing.past_run import PastRun

OWNER = Owner("box", 4711, "", "", "")

RETRIES = """\
name: brief
pools: {news: 1}
steps:
  - id: gather
    parallel:
      max_concurrency: 2
      branches:
        left:
          - id: first
            shell: "true"
          - id: flaky
            shell: "false"
            retry: {attempts: 2, delay: 4s, jitter: 0}
        right:
          - id: slow
            shell: "sleep 60"
        third:
          - id: never
            shell: "true"
  - id: page
    set: 1
"""

ITEMS = """\
name: items
pools: {few: 2}
inputs:
  n: {type: integer}
steps:
  - id: each
    foreach:
      items: "{{ range(inputs.n) | list }}"
      max_concurrency: 3
      steps:
        - id: fetch
          shell: "true"
          pool: few
  - id: pause
    delay: 2s
  - id: last_one
    shell: "true"
"""


def facts(past: PastRun, status: str, ended: float | None = None) -> RunFacts:
    return RunFacts(
        id=past.run_id,
        workflow=past.plan.name,
        status=status,
        started=START_TIME,
        ended=None if ended is None else START_TIME + ended,
        owner=OWNER if status == "running" else None,
        events=len(past.events),
    )


def looked_back(past: PastRun, status: str, ended: float | None = None, wanted: str = "") -> RunHistory:
    return RunHistory(facts(past, status, ended), past.head, wanted).read(lambda: past.events)


def texts(lines: Iterable[Line]) -> list[str]:
    return [text_of(line).rstrip() for line in lines]


def failed_run() -> PastRun:
    """`left` fails at 9 s after a second attempt; `slow` is cancelled for it, `never` doesn't begin."""
    past = PastRun(RETRIES)
    past.succeed(1, "first")
    past.fail(3, "flaky", "no luck at first")
    past.fire("flaky")
    past.fail(9, "flaky", "no luck again")
    past.acknowledge(10, "slow")
    return past


def wide_run(n: int = 30) -> PastRun:
    """`n` items of 1 s each, three in the window and two executing; then a wait of 2 s, and a step of 3 s."""
    past = PastRun(ITEMS, {"n": n})
    now = 0.0
    for pair in range(0, n, 2):
        now += 1
        for index in range(pair, min(pair + 2, n)):
            past.succeed(now, f"{index}/fetch", began=now - 1)
    past.fire("pause")
    past.succeed(now + 5, "last_one")
    return past
