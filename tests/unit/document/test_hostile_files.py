"""Files made to hurt: each ends in a diagnostic, soon, and without a crash of the interpreter."""

import json
import subprocess
import sys

import pytest

# A process of its own: a crash or an exhausted stack must fail one test, not end the test run.
READER = """
import json, resource, sys, time
from braid.diagnostics import DiagnosticsError
from braid.language.document import read_document
text = eval(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
try:
    read_document(text, "f")
    found = []
except DiagnosticsError as error:
    found = error.diagnostics
    assert len(str(error)) < 100_000
seconds = time.process_time() - start
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
first = found[0]
print(json.dumps({"code": first.code, "line": first.span.line, "seconds": seconds, "grown_kib": grown}))
"""

HOSTILE = {
    '"[" * 100_000': "too-deep",
    '"{" * 100_000': "unquoted-expression",
    '"{a: " * 100_000': "too-deep",
    '"- " * 100_000': "too-deep",
    '"? " * 100_000': "key-not-text",
    '"".join(" " * i + "a:\\n" for i in range(2_000))': "too-deep",
    '"&a [" * 100_000': "too-deep",
    '"a: |\\n" + ("  " + "x" * 60 + "\\n") * 170_000': "text-too-long",
    '"a: " + "x " * 5_000_000': "text-too-long",
    '"a: \\"" + "\\\\n" * 5_000_000': "unclosed-quote",
    '"x" * 10_000_000': "text-too-long",
    '"a: b\\n" + "\\r" * 10_000_000 + "c"': "missing-colon",
    '"\\n" * 10_000_000': "empty-file",
    '"\\t" * 10_000_000 + "a"': "tab-indentation",
    '"a: 1\\n" * 1_000_000': "duplicate-key",
    '"a: {{ x | f(1) }} y\\n" * 100_000': "unquoted-expression",
    '"".join(f"- &anchor{i} x\\n" for i in range(50_000)) + "- *anchox\\n" * 50_000': "unknown-anchor",
    'b"\\x00\\x01\\x02" * 3_000_000': "binary-file",
    '"\\x00" * 40_000_000': "file-too-large",
    'b"\\xff" * 10_000_000': "not-utf-8",
}


@pytest.mark.parametrize(("text", "code"), HOSTILE.items())
def test_a_hostile_file_ends_in_a_diagnostic_soon(text: str, code: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", READER, text], capture_output=True, text=True, timeout=60, check=False
    )

    assert process.returncode == 0, process.stderr[-2000:]
    report = json.loads(process.stdout)
    assert report["code"] == code
    assert report["line"] >= 1
    assert report["seconds"] < 5  # 2 on an idle machine
    assert report["grown_kib"] < 300 * 1024


def test_more_nodes_than_the_limit_are_refused_while_reading() -> None:
    process = subprocess.run(
        [sys.executable, "-c", READER, '"[" + "a," * 5_000_000 + "]"'],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert process.returncode == 0, process.stderr[-2000:]
    report = json.loads(process.stdout)
    assert report["code"] == "too-many-nodes"
    assert report["grown_kib"] < 300 * 1024
