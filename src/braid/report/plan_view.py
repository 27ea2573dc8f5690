"""What a workflow would run: as a tree for people, as one JSON document for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from braid.language.plan import InputSpec, Plan, PoolSpec
from braid.language.task_kind import Effect, Value
from braid.report.plan_tree import PlannedBody, PlannedStep, plan_tree, shown, steps_of, value_text
from braid.report.text import clipped, counted, duration_text, one_line

Json = dict[str, Any]  # Any: a JSON object for `--json`, written and never read back

_EFFECTS = {Effect.READS: "reads the outside", Effect.WRITES: "acts on the outside"}

TEXT_COLUMNS_MAX = 60
"""Of an expression or another value of the file inside the tree."""

WAVE_NAMES_MAX = 12
"""Steps of one wave that are named; the others are counted."""


def plan_json(plan: Plan) -> Json:
    """The document of `braid plan --json`."""
    bodies = plan_tree(plan)
    document: Json = {
        "workflow": plan.name,
        "version": plan.version,
        "description": plan.description,
        "file": plan.source.name,
        "steps_total": plan.steps_total,
        "max_concurrency": plan.max_concurrency,
        "timeout": shown(plan.timeout) if plan.timeout else None,
        "inputs": [_input_json(spec) for spec in plan.inputs.values()],
        "secrets": list(plan.secrets),
        "env": list(plan.env),
        "pools": [_pool_json(pool) for pool in plan.pools.values()],
        "steps": [],
        "on_failure": [],
        "finally": [],
    }
    for body in bodies:
        document[body.label or "steps"] = [_step_json(step) for step in body.steps]
    return document


def plan_text(plan: Plan, width: int | None = None) -> str:
    """The tree, with everything that a run needs before it. Lines are cut to `width` columns, if given."""
    bodies = plan_tree(plan)
    lines = [_title(plan), *_requirements(plan)]
    for body in bodies:
        lines += ["", body.label or "steps", *_list_lines(body.steps, "")]
    lines += _outside(bodies)
    return "\n".join(clipped(line, width) if width else line for line in lines)


def _title(plan: Plan) -> str:
    version = f" {plan.version}" if plan.version is not None else ""
    text = f"{one_line(plan.name)}{version}: {counted(plan.steps_total, 'step')}"
    if plan.timeout:
        text += f", timeout {_value_text(shown(plan.timeout))}"
    return text + (f"\n{one_line(plan.description)}" if plan.description else "")


def _requirements(plan: Plan) -> list[str]:
    rows: list[tuple[str, str]] = [("input", _input_text(spec)) for spec in plan.inputs.values()]
    rows += [("secret", name) for name in plan.secrets]
    rows += [("env", name) for name in plan.env]
    rows += [("pool", _pool_text(pool)) for pool in plan.pools.values()]
    return ["", *(f"{word:<6}  {text}" for word, text in rows)] if rows else []


def _input_text(spec: InputSpec) -> str:
    kind = spec.definition.get("type")
    facts = [" or ".join(kind) if isinstance(kind, list) else str(kind)] if kind else []
    if "enum" in spec.definition:
        facts.append("one of " + ", ".join(_value_text(value) for value in spec.definition["enum"]))
    facts.append("required" if spec.required else f"{_value_text(spec.default) or '``'} when absent")
    return f"{spec.name} ({'; '.join(facts)})"


def _pool_text(pool: PoolSpec) -> str:
    text = f"{pool.name}: {pool.limit} at once"
    return text + (f", {pool.rate[0]} starts in {duration_text(pool.rate[1])}" if pool.rate else "")


def _list_lines(steps: list[PlannedStep], indent: str) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        yield f"{indent}{'└─' if last else '├─'} {_step_text(step)}"
        inner = indent + ("   " if last else "│  ")
        if step.waves:
            yield f"{inner}{'│ ' if step.bodies else '  '} waves: {_waves_text(step.waves)}"
        yield from _body_lines(step.bodies, inner)


def _body_lines(bodies: list[PlannedBody], indent: str) -> Iterator[str]:
    for number, body in enumerate(bodies, 1):
        last = number == len(bodies)
        if not body.label:
            # The only list of its step needs no line of its own, unless others follow it.
            yield from _list_lines(body.steps, indent if last else f"{indent}│  ")
            continue
        yield f"{indent}{'└─' if last else '├─'} {_text(body.label)}:"
        yield from _list_lines(body.steps, indent + ("   " if last else "│  "))


def _step_text(step: PlannedStep) -> str:
    node = step.node
    parts = [node.key if node.key.startswith(node.kind) else f"{node.key}  {node.kind}"]
    if node.name:
        parts.append(f"“{_text(node.name)}”")
    parts += [_fact_text(name, value) for name, value in step.facts.items()]
    if step.effect in _EFFECTS:
        parts.append(_EFFECTS[step.effect])
    return ", ".join(parts)


def _fact_text(name: str, value: Value) -> str:
    match name:
        case "branches":
            return "1 branch" if value == 1 else f"{value} branches"
        case "max_concurrency":
            return f"at most {_value_text(value)} at once" if value != 1 else "one at a time"
        case "items":
            return f"over {_value_text(value)}"
        case "retry":
            return f"up to {_value_text(value['attempts'])} attempts ({value['backoff']} from {value['delay']})"
        case "settle":
            return "settles"
        case "fallback":
            return f"fallback {value}"
        case "max":
            return f"at most {_value_text(value)} times"
        case "workflow":
            return _value_text(value)
        case _:
            return f"{name} {_value_text(value)}"


def _waves_text(waves: list[list[str]]) -> str:
    return " → ".join(
        ", ".join(wave[:WAVE_NAMES_MAX])
        + (f" and {len(wave) - WAVE_NAMES_MAX} more" if len(wave) > WAVE_NAMES_MAX else "")
        for wave in waves
    )


def _outside(bodies: list[PlannedBody]) -> list[str]:
    lines = []
    for effect, words in _EFFECTS.items():
        keys = [step.node.key for step in steps_of(bodies) if step.effect is effect]
        if keys:
            lines.append(f"{words}: {', '.join(dict.fromkeys(keys))}")
    return ["", *lines] if lines else ["", "nothing here touches the outside"]


def _value_text(value: Value) -> str:
    return _text(value_text(value))


def _text(text: str) -> str:
    return clipped(one_line(text), TEXT_COLUMNS_MAX)


def _input_json(spec: InputSpec) -> Json:
    described: Json = {"name": spec.name, "required": spec.required, "schema": dict(spec.definition)}
    return described if spec.required else {**described, "default": spec.default}


def _pool_json(pool: PoolSpec) -> Json:
    rate = {"starts": pool.rate[0], "seconds": pool.rate[1]} if pool.rate else None
    return {"name": pool.name, "limit": pool.limit, "rate": rate}


def _step_json(step: PlannedStep) -> Json:
    node = step.node
    described: Json = {
        "key": node.key,
        "id": node.id,
        "name": node.name,
        "kind": node.kind,
        "line": node.span.line if node.span else None,
        **step.facts,
    }
    if step.effect is not None:
        described["effect"] = step.effect.value
    if step.waves:
        described["waves"] = step.waves
    if step.bodies:
        described["bodies"] = [
            {"label": body.label or None, "steps": [_step_json(inner) for inner in body.steps]} for body in step.bodies
        ]
    return described
