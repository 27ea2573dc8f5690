"""The laws of ARCHITECTURE.md that need a workflow of their own: each check builds one for the numbers it is given."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from braid.language.plan import MAX_CONCURRENCY_DEFAULT
from braid.machine.commands import SetTimer
from braid.machine.outcome import Failed, Status, Succeeded
from braid.testing.driver import Drive
from braid.testing.laws import driven, plan_of, require_equal, run_result, told
from braid.testing.watcher import LawBrokenError
from braid.testing.work import answer

Value = Any  # plain values of a workflow file, see language.task_kind.Value


def check_isolation(data: Value, limit: int) -> None:
    """Law 4, on the real executor: tasks that spoil what they were given spoil their own copies."""
    branch = [{"vandal": {"value": "{{ inputs.data }}"}}, {"vandal": {"value": "{{ inputs.data }}"}}]
    block = {"max_concurrency": limit, "branches": [branch] * 3}
    steps = [{"id": "all", "parallel": block}, {"set": ["{{ all }}", "{{ inputs.data }}"]}]
    given = json.loads(json.dumps(data))
    result = run_result({"name": "vandals", "inputs": {"data": {}}, "steps": steps}, {"data": given})
    require_equal(4, "what each task found, and what was left", result.output, [[data] * 3, data])
    require_equal(4, "the caller's own value", given, data)


def check_siblings(count: int, limit: int, seed: int) -> None:
    """Law 4: a branch sees its own step and never a sibling's, whatever has ended by then.

    The checker refuses such references, so the plan is made without asking it.
    """
    look = {"set": [f"{{{{ a{index} | default('unseen') }}}}" for index in range(count)]}
    branches = [[{"id": f"a{index}", "work": {}}, {"work": {}}, look] for index in range(count)]
    block = {"max_concurrency": limit, "branches": branches}
    plan = plan_of({"name": "siblings", "steps": [{"id": "all", "parallel": block}]}, checked=False)
    seen = told(Drive(plan, {}, answer, seed=seed).run())["succeeded"]
    require_equal(
        4,
        "branches that each branch sees",
        [[value != "unseen" for value in line] for line in seen],
        [[index == own for index in range(count)] for own in range(count)],
    )


def check_data_is_not_rendered(text: str, seed: int) -> None:
    """Law 4: what came in as data is never read as an expression."""
    again = {"foreach": {"items": ["{{ kept }}"], "steps": [{"set": "{{ item }}"}]}}
    steps = [
        {"id": "kept", "set": "{{ inputs.text }}"},
        {"id": "each", **again},
        {"set": ["{{ each }}", "<{{ kept }}>"]},
    ]
    plan = plan_of({"name": "data", "inputs": {"text": {"type": "string"}}, "steps": steps})
    outcome = Drive(plan, {"text": text}, answer, seed=seed).run()
    require_equal(4, "text", told(outcome), {"succeeded": [[text], f"<{text}>"]})


def check_attempts(attempts: int, failing: int, seed: int) -> None:
    """Law 10: a step is tried no more often than its attempts, and nobody waits after the last."""
    step = {"id": "s", "work": {"fail": failing}, "retry": {"attempts": attempts, "delay": "100ms"}}
    drive = driven({"name": "attempts", "steps": [step]}, seed)
    tried = min(failing + 1, attempts)
    require_equal(10, "attempts", drive.watcher.records["s"].attempts, tried)
    timers = [command for commands in drive.commands for command in commands if isinstance(command, SetTimer)]
    require_equal(10, "waits between attempts", len(timers), tried - 1)
    require_equal(10, "succeeded", isinstance(drive.outcome, Succeeded), failing < attempts)


def check_merge_refuses(first: Mapping[str, Value], second: Mapping[str, Value], seed: int) -> None:
    """`merge: object` joins objects of different keys and refuses a key that two branches give."""
    block = {"branches": [[{"set": dict(first)}], [{"set": dict(second)}]], "merge": "object"}
    drive = driven({"name": "merge", "steps": [{"id": "block", "parallel": block}]}, seed)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        require_equal(7, "merged", told(drive.outcome), {"succeeded": {**first, **second}})
        return
    assert isinstance(drive.outcome, Failed), f"law 7: two branches gave {shared}, merged to {drive.outcome}"
    if drive.outcome.failure.type != "merge" or not any(f"`{key}`" in drive.outcome.failure.message for key in shared):
        raise LawBrokenError(7, f"the refusal names no key of {shared}: {drive.outcome.failure.message}")


def check_breaks(count: int, limit: int, breaking: Collection[int], continuing: Collection[int], seed: int) -> None:
    """Law 3: items after the first that breaks are discarded, earlier ones all count."""
    steps = [
        {"work": {"value": "{{ item }}"}},
        {"continue": f"item in {sorted(continuing)}"},
        {"break": f"item in {sorted(breaking)}"},
        {"set": "{{ item }}"},
    ]
    foreach = {"items": list(range(count)), "max_concurrency": limit, "steps": steps}
    drive = driven({"name": "breaks", "steps": [{"id": "all", "foreach": foreach}]}, seed)
    first = min((item for item in set(breaking) - set(continuing) if item < count), default=count)
    expected = [None if item in continuing else item for item in range(first)]
    require_equal(3, "items", told(drive.outcome), {"succeeded": expected})


def check_goto_bound(most: int, seed: int) -> None:
    """Law 10: a goto that would jump once more than it may fails, by name and number."""
    steps = [{"id": "again", "work": {"value": 1}}, {"id": "back", "goto": {"to": "again", "max": most}}]
    drive = driven({"name": "endless", "steps": steps}, seed)
    assert isinstance(drive.outcome, Failed), f"law 10: {drive.outcome}"
    failure = drive.outcome.failure
    require_equal(10, "failure", (failure.type, failure.step, str(most) in failure.message), ("limit", "back", True))
    visits = [address for address in drive.watcher.records if address.startswith("again")]
    require_equal(10, "visits", len(visits), most + 1)


def check_loop_bound(most: int, seed: int) -> None:
    """Law 10: a loop never has more iterations than its `max`, and its record says that this ended it."""
    loop = {"max": most, "while": "true", "until": "false", "steps": [{"work": {"value": "{{ iteration }}"}}]}
    drive = driven({"name": "loop", "steps": [{"id": "l", "loop": loop}]}, seed)
    iterations = [address for address in drive.watcher.records if address.startswith("l/")]
    require_equal(10, "iterations", len(iterations), most)
    require_equal(11, "reason", drive.watcher.records["l"].reason, "max")


def check_limits(kind: str, own: int | None, override: int | None, file: int | None, seed: int) -> None:
    """Law 2: the block's own limit wins over the command line's, that over the file's, that over the default."""
    work: dict[str, Value] = {"work": {"value": 1}}
    bodies: dict[str, dict[str, Value]] = {
        "parallel": {"branches": [[work] for _ in range(12)]},
        "graph": {"steps": [work for _ in range(12)]},
        "foreach": {"items": list(range(12)), "steps": [work]},
    }
    limit = {} if own is None else {"max_concurrency": own}
    top = {} if file is None else {"max_concurrency": file}
    values = {"name": "wide", **top, "steps": [{"id": "block", kind: {**limit, **bodies[kind]}}]}
    drive = driven(values, seed, max_concurrency=override)
    expected = own or (1 if kind == "foreach" else override or file or MAX_CONCURRENCY_DEFAULT)
    require_equal(2, "limit", drive.watcher.limits["block"], expected)
    require_equal(2, "in progress at once", drive.watcher.widest["block"], min(12, expected))


def check_clean_up(at: int, seed: int) -> None:
    """Law 5: `finally` runs to its end when its block is cancelled, and then nothing else does."""
    block = {
        "steps": [{"id": "long", "work": {}}, {"id": "never", "work": {}}],
        "finally": [{"id": "tidy", "work": {}}],
    }
    drive = driven({"name": "clean", "steps": [{"try": block}, {"id": "after", "work": {}}]}, seed, cancel_at=at)
    records = drive.watcher.records
    tidied = records.get("try-1/finally/tidy")
    require_equal(5, "finally", tidied and tidied.status, Status.SUCCEEDED)
    if at == 1:
        require_equal(5, "later steps", "after" in records, False)
        require_equal(5, "outcome", told(drive.outcome), {"ended": "Cancelled"})
