"""`braid prove`: real processes that die at each write to the journal, and what is found by it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import blocks_of

from braid.language.load import load_plan
from braid.testing.prove import Effort, Subject, prove
from braid.testing.prove_points import CrashPoint
from braid.testing.prove_report import Proof
from braid.testing.prove_wards import NURSERY
from braid.testing.waiting import until

BRAID = (sys.executable, "-m", "braid")
FAULTY = (sys.executable, str(Path(__file__).with_name("faulty_nursery.py")))
DEADLINE_SECONDS = 60.0

SAFE = """\
name: safe
steps:
  - id: both
    parallel:
      branches:
        left:
          - id: shaky
            shell: "[ -e tried ] || { touch tried; exit 1; }"
            retry: {attempts: 2, delay: 10ms}
        right:
          - write_file: {path: right.txt, content: right}
  - write_file: {path: own.txt, content: "{{ inputs.word }}"}
output: "{{ uuid() }}"
inputs: {word: {type: string}}
"""

ADDING = """\
name: adding
steps:
  - id: add
    shell: echo x >> out.txt
  - id: count
    shell: wc -l < out.txt
output: "{{ count.stdout }}"
"""


def braid_prove(folder: Path, workflow: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "w.braid.yaml").write_text(workflow)
    return subprocess.run(
        [*BRAID, "prove", "w.braid.yaml", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder.parent)},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def proved(folder: Path, workflow: str, *arguments: str) -> dict[str, Any]:  # Any: JSON
    done = braid_prove(folder, workflow, "--json", *arguments)
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if document["proven"] else 1), done.stderr
    return document


def proof_of(folder: Path, workflow: str, nursery: Sequence[str], **effort: Any) -> Proof:  # Any: fields of Effort
    """As the command, but with another engine."""
    file = folder / "w.braid.yaml"
    file.write_text(workflow)
    subject = Subject(plan=load_plan(file, name=file.name), workflow=file, folder=folder, cwd=folder)
    return asyncio.run(prove(subject, Effort(nursery=nursery, **effort), lambda text: None))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "w"
    made.mkdir()
    return made


def test_a_workflow_that_replaces_instead_of_adding_is_proven(folder: Path) -> None:
    done = braid_prove(folder, SAFE, "-i", "word=hello")

    assert done.returncode == 0, done.stdout
    # Its beginning; an answer each; perhaps two of them at once; the retry; its end.
    writes = int(done.stdout.splitlines()[-1].split()[3]) // 2
    assert writes in (6, 7)
    assert done.stdout.splitlines() == [
        "executed again without a visible difference: shaky (w.braid.yaml:7)",
        f"proven: killed at {2 * writes} places and resumed, it came to the same end each time",
    ]
    assert f"with {writes} writes to its journal; killing it at {2 * writes} places" in done.stderr
    # Nothing was done to the author's own folder, and nothing is left beside it.
    assert sorted(path.name for path in folder.iterdir()) == ["w.braid.yaml"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_step_that_adds_to_a_file_is_named_with_its_line(folder: Path) -> None:
    done = braid_prove(folder, ADDING, "--quiet")

    assert done.returncode == 1
    assert done.stderr == ""
    assert (
        done.stdout
        == """\
error[repeated-effect]: `add` ran twice after a crash, and it shows
 --> w.braid.yaml:3:9
  |
3 |   - id: add
  |         ^^^ executed again
  = note: killed before write 2, the answer of add
  = note: `out.txt`: 4 bytes; without a crash 2 bytes
  = help: let it look first whether it was done already, or replace instead of adding: after a crash a step whose \
answer was not recorded runs again

error[different-result]: the result is not what it is without a crash
 --> w.braid.yaml:3:9
  |
3 |   - id: add
  |         ^^^ executed again
  = note: killed before write 2, the answer of add
  = note: output: "2"; without a crash "1"
  = help: let the step give the same when it runs again after a crash

executed again without a visible difference: count (w.braid.yaml:5)
not proven: 2 problems when killed at 8 places
"""
    )


@pytest.mark.parametrize(
    ("fault", "line", "notes"),
    [
        (
            "hasty",
            4,
            ("killed before write 2, the answer of a", "b was executed before the journal had what it followed from"),
        ),
        (
            "forgetful",
            None,
            (
                "killed after write 2, the answer of a, and at 3 more of 8 places",
                "the journal has 1 events, and had promised to keep 2",
                "the journal has 1 events, and had promised to keep 3",
            ),
        ),
    ],
)
def test_an_engine_that_breaks_its_promises_is_found_out(
    folder: Path, fault: str, line: int | None, notes: tuple[str, ...]
) -> None:
    workflow = "name: w\nsteps:\n  - {id: a, shell: 'true'}\n  - {id: b, shell: 'true'}\n"

    found = [each for each in proof_of(folder, workflow, (*FAULTY, fault)).diagnostics() if each.code == "engine-fault"]

    assert (found[0].span and found[0].span.line, found[0].notes) == (line, notes)


def test_what_differs_between_whole_runs_is_named_and_not_blamed_on_crashes(folder: Path) -> None:
    workflow = """\
name: w
steps:
  - id: id
    python: {code: "import uuid; return str(uuid.uuid4())"}
  - write_file: {path: id.txt, content: "{{ id }}"}
output: {id: "{{ id }}", two: 2}
"""

    found = proved(folder, workflow.replace("id: id", "id: own").replace("{{ id }}", "{{ own }}"))

    assert found["proven"]
    assert found["not_compared"] == {"result": ["output.id"], "files": ["id.txt"]}


def test_the_path_of_the_copy_is_no_difference(folder: Path) -> None:
    found = proved(folder, "name: w\nsteps: [{id: here, shell: pwd | tee here.txt}]\n")

    assert found["proven"]
    assert found["not_compared"] == {"result": [], "files": []}
    assert found["result"]["output"]["stdout"] == "{folder}"


def test_strict_refuses_what_ran_twice_without_a_difference_unless_the_step_says_so(folder: Path) -> None:
    text = "name: w\nsteps:\n  - {id: a, shell: 'true'}\n  - {id: b, shell: 'true', idempotent: true}\n"

    found = proved(folder, text, "--strict")

    assert [(each["code"], each["line"]) for each in found["diagnostics"]] == [("repeated-effect", 3)]


def test_mocked_steps_answer_without_acting(folder: Path) -> None:
    (folder / "m.yaml").write_text(
        "pay: {value: {paid: 3}}\n"
        "ask: {results: [{fail: {type: busy, message: later}}, {value: {stdout: fine}}]}\n"
        "poll: {results: [{value: 1}, {value: 2}]}\n"
    )
    workflow = """\
name: w
steps:
  - id: pay
    http: {url: http://127.0.0.1:9/pay, method: PUT}
  - id: ask
    shell: "false"
    retry: {attempts: 2, delay: 0, when: error.type == 'busy'}
  - id: polls
    foreach:
      items: [a, b]
      steps: [{id: poll, python: {code: return 0}}]
output: "{{ [pay.paid, ask.stdout, polls] }}"
"""

    found = proved(folder, workflow, "--mocks", "m.yaml")

    assert found["result"] == {"status": "succeeded", "output": [3, "fine", [1, 2]], "error": None}
    assert found["proven"], found["diagnostics"]


def test_a_mock_of_no_step_is_refused_with_the_nearest_name(folder: Path) -> None:
    (folder / "m.yaml").write_text("coumt: {value: 1}\n")

    done = braid_prove(folder, ADDING, "--mocks", "m.yaml")

    assert done.returncode == 2
    assert "m.yaml:1:1" in done.stderr
    assert "did you mean `count`?" in done.stderr


def test_a_sample_is_the_same_for_the_same_seed(folder: Path) -> None:
    def tried(seed: int) -> list[CrashPoint]:
        workflow = "name: w\nsteps:\n" + "  - log: again\n" * 8
        return [trial.point for trial in proof_of(folder, workflow, NURSERY, points=3, seed=seed).trials]

    assert tried(5) == tried(5)
    assert len(tried(5)) == 3


class Requests(BaseHTTPRequestHandler):
    counts: Counter[str]

    def do_POST(self) -> None:
        self.counts[self.path] += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def server() -> Iterator[tuple[str, Counter[str]]]:
    """A server on the loopback, and how often each path was asked for."""
    counts: Counter[str] = Counter()
    handler = type("Handler", (Requests,), {"counts": counts})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}", counts
        finally:
            serving.shutdown()


def test_a_post_that_is_sent_twice_is_found_unless_it_has_a_key(folder: Path) -> None:
    workflow = """\
name: w
steps:
  - id: pay
    http: {url: "{{ inputs.server | raw }}/pay", method: POST, json: {}}
  - id: keyed
    http: {url: "{{ inputs.server | raw }}/keyed", method: POST, json: {}, headers: {Idempotency-Key: "{{ run.id }}"}}
inputs: {server: {type: string}}
"""
    with server() as (url, counts):
        found = proved(folder, workflow, "-i", f"server={url}")

    assert [(each["code"], each["line"]) for each in found["diagnostics"]] == [("repeated-effect", 3)]
    assert found["diagnostics"][0]["notes"] == ["killed before write 2, the answer of pay"]
    assert found["points"]["tried"] == 8
    # Two whole runs; one for each of eight places; once more where its answer was lost, and not begun twice elsewhere.
    assert counts == {"/pay": 2 + 8 + 1, "/keyed": 2 + 8 + 1}


def test_a_run_that_hangs_when_it_is_resumed_is_reported_and_not_waited_for(folder: Path) -> None:
    workflow = "name: w\nsteps:\n  - {id: a, shell: 'if [ -e begun ]; then sleep 1000; fi; touch begun'}\n"

    found = proved(folder, workflow, "--timeout", "4s")

    assert [each["code"] for each in found["diagnostics"]] == ["not-resumed"]
    assert found["diagnostics"][0]["notes"] == [
        "killed before write 2, the answer of a",
        "the process that went on took too long, and was killed",
    ]


def test_what_a_dead_run_had_started_is_dead_when_another_goes_on_with_it(folder: Path) -> None:
    # The script of the left branch is still running when the answer of the right one is killed; it leaves its number,
    # and ends when there are two: its own and that of the second life's script.
    left = "echo $$ >> pids; if [ $(wc -l < pids) = 1 ]; then touch begun; exec sleep 1000; fi"
    workflow = f"""\
name: w
steps:
  - parallel:
      wait: any
      branches:
        - - shell: '{left}'
        - - shell: "while [ ! -e begun ]; do sleep 0.01; done"
  - id: living
    shell: "for pid in $(cat pids); do if [ -e /proc/$pid ]; then echo $pid; fi; done"
output: "{{{{ living.stdout }}}}"
"""

    found = proved(folder, workflow)

    assert [each["notes"] for each in found["diagnostics"] if each["code"] == "different-result"] == []


def test_a_workflow_that_comes_to_no_end_proves_nothing(folder: Path) -> None:
    done = braid_prove(folder, "name: w\nsteps: [{shell: sleep 1000}]\n", "--timeout", "1s")

    assert done.returncode == 2
    assert "the whole run took longer than 1s; `--timeout` gives it more" in done.stderr


def test_what_an_interrupt_ends_leaves_no_process_and_no_file(folder: Path) -> None:
    (folder / "w.braid.yaml").write_text("name: w\nsteps: [{shell: echo $$ > ../../../w/pid; exec sleep 1000}]\n")
    process = subprocess.Popen(
        [*BRAID, "prove", "w.braid.yaml"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder.parent)},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        until(lambda: (folder / "pid").exists() and (folder / "pid").read_text().endswith("\n"), "the step runs")
        pid = int((folder / "pid").read_text())
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=DEADLINE_SECONDS)

    assert (process.returncode, told) == (130, "\ninterrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert list(folder.parent.iterdir()) == [folder]


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    blocks = blocks_of("docs/reference/proving.md")
    for block in blocks:
        if block.file_name:
            (tmp_path / block.file_name).write_text(block.text)
    consoles = [block for block in blocks if block.language == "console"]

    for block in consoles:
        command, _, shown = block.text.removeprefix("$ braid ").partition("\n")
        done = subprocess.run([*BRAID, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == (shown, "")
    assert len(consoles) == 2
