"""A case of `runs/`: a workflow file, and beside it what its run must give. Read and run by one function each.

What may stand in NAME.expected.yaml:

    inputs, secrets, env, max_concurrency, allow_path   what the run is given
    files        name → text, written into the case's folder first; a name may begin with `../`
    status       of the run; `succeeded` when absent, `refused` when the inputs must be refused
    output       of the run, exactly
    error        a part of the failure: an item that is a mapping is compared in part, `message` is searched as a
                 regular expression, anything else is compared exactly
    place        LINE:COLUMN of the failing expression in the file
    problems     regular expressions, one for each problem of a refused run, in order
    steps        address → status, or a part of the step's report; null for a step that must not be there
    order        addresses, in the order in which they must have started; others may stand between them
    peak         address of a block → how many of its children were in progress at once, at most and at least once
    written      name → text of a file after the run, or null when there must be none
    logs         regular expressions, one of each must be found in a line of the log
    seconds      the run's duration is below this
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Any, throughout: values of workflows and of expectations.
import yaml
from loopback import Loopback

import braid
from braid.journal.codec import encode_event
from braid.journal.memory import MemoryJournal
from braid.language.plan import Node
from braid.machine.outcome import Failure, StepRecord
from braid.report.aftermath import Aftermath
from braid.report.failure_view import failure_text

CASES = Path(__file__).parent / "runs"
_GIVEN = ("inputs", "secrets", "env", "max_concurrency", "allow_path", "files")
_COMPARED = ("status", "output", "error", "problems", "steps", "order", "peak", "written", "logs", "seconds", "place")


@dataclass
class Widths:
    """An observer that counts, for each block, how many of its children are in progress at once."""

    peak: dict[str, int] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def step_started(self, address: str, node: Node, time: float) -> None:
        self._open.add(address)
        for block in _blocks(address):
            children = {each[len(block) + 1 :].split("/")[0] for each in self._open if each.startswith(f"{block}/")}
            self.peak[block] = max(self.peak.get(block, 0), len(children))

    def step_finished(self, address: str, node: Node, record: StepRecord) -> None:
        self._open.discard(address)

    def step_retrying(self, address: str, node: Node, failure: Failure, attempt: int, due: float) -> None:
        pass

    def block_opened(self, address: str, node: Node, total: int, limit: int) -> None:
        pass


def _blocks(address: str) -> Iterator[str]:
    parts = address.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


@dataclass(frozen=True)
class Ran:
    """What became of a case."""

    result: braid.RunResult | None
    problems: Sequence[str]
    widths: Widths
    journal: str


def names() -> list[str]:
    return sorted(path.name.removesuffix(".braid.yaml") for path in CASES.glob("*.braid.yaml"))


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CASES / f"{name}.expected.yaml").read_text(encoding="utf-8"))
    assert found.keys() <= {*_GIVEN, *_COMPARED}
    assert not found.keys().isdisjoint(_COMPARED), "the case can't fail"
    return found


def run_case(name: str, wanted: dict[str, Any], folder: Path, server: Loopback | None) -> Ran:
    """Run the case in a folder of its own.

    An input `server` is given the address of the loopback server, an input `folder` the case's folder.
    """
    text = (CASES / f"{name}.braid.yaml").read_text(encoding="utf-8")
    (folder / "case.braid.yaml").write_text(text, encoding="utf-8")
    for file, content in wanted.get("files", {}).items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8")
    inputs = wanted.get("inputs", {}) | ({"server": server.url} if server else {})
    if "inputs.folder" in text:
        inputs["folder"] = str(folder)
    widths, journal = Widths(), MemoryJournal()
    settings = {key: wanted[key] for key in ("max_concurrency", "allow_path", "secrets") if key in wanted}
    try:
        result = braid.run(
            folder / "case.braid.yaml",
            inputs,
            env={"PATH": "/usr/bin:/bin", **wanted.get("env", {})},
            observer=widths,
            journal=journal,
            run_id="case",
            **settings,
        )
    except braid.InputsError as refusal:
        return Ran(None, refusal.problems, widths, "")
    return Ran(result, [], widths, "\n".join(repr(encode_event(event)) for event in journal.events("case")))


def compare(wanted: dict[str, Any], ran: Ran, folder: Path, log: list[logging.LogRecord]) -> None:
    """Everything the case says, against what became of it."""
    if wanted.get("status") == "refused":
        assert ran.result is None
        assert len(ran.problems) == len(wanted["problems"]), ran.problems
        for pattern, problem in zip(wanted["problems"], ran.problems, strict=True):
            assert re.search(pattern, problem), problem
        _compare_files(wanted, folder)
        return
    result = ran.result
    assert result is not None, ran.problems
    told = result.to_json()
    assert result.status == wanted.get("status", "succeeded"), told["error"]
    if "output" in wanted:
        assert told["output"] == wanted["output"]
    if "error" in wanted:
        assert_part(told["error"], wanted["error"], "error")
    if "place" in wanted:
        span = result.error.span if result.error else None
        assert span is not None
        assert f"{span.line}:{span.column}" == wanted["place"]
    steps = {step["address"]: step | {"output": result.steps[step["address"]].output} for step in told["steps"]}
    _compare_steps(wanted, steps, ran.widths)
    _compare_files(wanted, folder)
    for pattern in wanted.get("logs", []):
        assert any(re.search(pattern, record.getMessage()) for record in log), [each.getMessage() for each in log]
    if "seconds" in wanted:
        assert result.duration < wanted["seconds"]
    _compare_secrets(wanted, ran, log)


def _compare_files(wanted: dict[str, Any], folder: Path) -> None:
    for file, text in wanted.get("written", {}).items():
        assert ((folder / file).read_bytes().decode() if (folder / file).exists() else None) == text


def _compare_steps(wanted: dict[str, Any], steps: dict[str, Any], widths: Widths) -> None:
    for address, step in wanted.get("steps", {}).items():
        if step is None:
            assert address not in steps
        else:
            assert address in steps, sorted(steps)
            assert_part(steps[address], {"status": step} if isinstance(step, str) else step, address)
    order = wanted.get("order", [])
    assert [address for address in steps if address in order] == order
    assert {block: widths.peak.get(block, 0) for block in wanted.get("peak", {})} == wanted.get("peak", {})


def _compare_secrets(wanted: dict[str, Any], ran: Ran, log: list[logging.LogRecord]) -> None:
    """A secret stands nowhere: not in the result, a step, the report, the journal or the log."""
    result = ran.result
    assert result is not None
    report = failure_text(result.error, Aftermath()) if result.error else ""
    logged = [record.getMessage() for record in log]
    everything = [repr(result), repr(result.steps), repr(result.to_json()), report, ran.journal, *logged]
    for value in wanted.get("secrets", {}).values():
        assert not any(value in text for text in everything)


def assert_part(found: Any, wanted: Any, place: str) -> None:
    """What is wanted is found; mappings may hold more than is wanted."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), f"{place}: {found!r}"
        for key, value in wanted.items():
            assert_part(found.get(key), value, f"{place}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), f"{place}: {found!r}"
        assert len(found) == len(wanted), f"{place}: {found!r}"
        for index, value in enumerate(wanted):
            assert_part(found[index], value, f"{place}[{index}]")
    elif place.endswith(".message"):
        assert re.search(wanted, found), f"{place}: {found!r}"
    else:
        assert found == wanted, f"{place}: {found!r}"
