"""The same workloads on other engines, each in its own environment, made where there is none yet; needs PyPI once.

    python benchmarks/bench_peers.py [--only langgraph dask] [--repetitions 3] [--write]
    python benchmarks/bench_peers.py --traces    only make the environment that generates traces for W9

A peer runs as its own documentation says for one machine without a server; telemetry is off. Each figure is that of a
step, each floor (asyncio, a task a step) of the same process. Rounds are interleaved: every peer once, then again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suite.measuring import micro
from suite.table import circumstances, markdown, write_section

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".peers"
RESULTS = Path(__file__).with_name("RESULTS.md")
SHAPES = ("chain", "fan-out")
SECONDS_MAX = 600
TRACES = ("wfcommons", "wfcommons==1.6")
HEAD = ("", "steps", "ratio to floor", "a step", "× Braid", "floor")
QUIET = {
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "LOGFIRE_SEND_TO_LOGFIRE": "false",
}
"""What peers would tell others otherwise."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine.

    Attributes:
        requirement: What pip installs; Braid itself has none.
        durable: Whether its state survives the process; it is compared with Braid's of the same kind.
    """

    name: str
    program: str
    requirement: str = ""
    durable: bool = False

    @property
    def python(self) -> Path:
        """Of its environment."""
        return ENVIRONMENTS / self.name / "bin" / "python" if self.requirement else Path(sys.executable)

    def command(self, shape: str) -> list[str]:
        """What measures one shape."""
        program = str(Path(__file__).parent / "peers" / self.program)
        return [str(self.python), program, shape, *(["durable"] if self.durable else [])]


PEERS = (
    Peer("braid", "with_braid.py"),
    Peer("langgraph", "with_langgraph.py", "langgraph==1.2.24"),
    Peer("pydantic-graph", "with_pydantic_graph.py", "pydantic-graph==2.68.0"),
    Peer("dask", "with_dask.py", "distributed==2026.8.0"),
    Peer("braid, durable", "with_braid.py", durable=True),
    Peer("dbos", "with_dbos.py", "dbos==3.4.0", durable=True),
    Peer("prefect", "with_prefect.py", "prefect==3.9.1", durable=True),
)

Found = dict[tuple[str, str], list[dict[str, Any]]]
"""(name, shape) → what its program printed in each round."""


def prepare(name: str, requirement: str) -> None:
    """Make an environment, unless it is there and was finished.

    Raises:
        CalledProcessError: pip failed.
    """
    folder = ENVIRONMENTS / name
    ready = folder / f"{requirement}.ready"
    if ready.exists():
        return
    print(f"making an environment with {requirement}", file=sys.stderr, flush=True)
    venv.create(folder, with_pip=True, clear=True)
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    subprocess.run(install, check=True)
    ready.touch()


def measured(peers: Sequence[Peer], repetitions: int) -> tuple[Found, dict[str, str]]:
    """What was found, and why nothing was, by name; a peer that failed once isn't tried again."""
    found: Found = {}
    failed: dict[str, str] = {}
    for peer in peers:
        try:
            if peer.requirement:
                prepare(peer.name, peer.requirement)
        except subprocess.CalledProcessError:
            failed[peer.name] = f"{peer.requirement} could not be installed"
    for _ in range(repetitions):
        for peer in peers:
            for shape in SHAPES:
                if peer.name not in failed:
                    _measure(peer, shape, found, failed)
    return found, failed


def _measure(peer: Peer, shape: str, found: Found, failed: dict[str, str]) -> None:
    try:
        ended = subprocess.run(
            peer.command(shape),
            env={**os.environ, **QUIET},
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=True,
        )
    except subprocess.TimeoutExpired:
        failed[peer.name] = f"{shape} took longer than {SECONDS_MAX} s"
    except subprocess.CalledProcessError as error:
        failed[peer.name] = f"{shape} failed: {(error.stderr.strip().splitlines() or ['without a word'])[-1]}"
    else:
        answer = json.loads(ended.stdout.strip().splitlines()[-1])
        found.setdefault((peer.name, shape), []).append(answer)
        print(f"{peer.name:<15}{shape:<9}{micro(answer['step']):>12} a step", file=sys.stderr, flush=True)


def lines(peers: Sequence[Peer], found: Found, failed: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The table, by shape."""
    for shape in SHAPES:
        for peer in peers:
            answers = found.get((peer.name, shape))
            if peer.name in failed or not answers:
                yield f"{shape}: {peer.name}", "", "", f"not measured: {failed.get(peer.name, '')}", "", ""
                continue
            step = statistics.median(answer["step"] for answer in answers)
            ratio = statistics.median(answer["step"] / answer["floor"] for answer in answers)
            floor = statistics.median(answer["floor"] for answer in answers)
            last = answers[-1]
            yield (
                f"{shape}: {peer.name.partition(',')[0]} {last['version']}, {last['what']}",
                f"{last['steps']:,}",
                f"{ratio:.1f}",
                micro(step),
                _beside_braid(peer, shape, step, found),
                micro(floor),
            )


def _beside_braid(peer: Peer, shape: str, step: float, found: Found) -> str:
    ours = found.get(("braid, durable" if peer.durable else "braid", shape))
    return f"{step / statistics.median(answer['step'] for answer in ours):.1f}" if ours else ""


def main() -> None:
    """Measure the peers that are asked for, and Braid."""
    names = [peer.name for peer in PEERS if peer.requirement]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PEER", help=" ".join(names))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    parser.add_argument("--traces", action="store_true", help="only make the environment that generates traces for W9")
    options = parser.parse_args()
    if options.traces:
        prepare(*TRACES)
        return
    wanted = [peer for peer in PEERS if not peer.requirement or peer.name in options.only]
    table = markdown(HEAD, lines(wanted, *measured(wanted, options.repetitions)))
    print(table)
    if options.write:
        text = (
            f"{circumstances('braidflow')}\n{table}\nSteps do nothing; `chain`: in turn; `fan-out`: at once, limit 100 "
            f"(pydantic-graph has no limit). Medians of {options.repetitions} processes each. × Braid: beside Braid in "
            "memory, or with its journal at `full` where the peer keeps its state, too.\n"
        )
        write_section(RESULTS, "Beside other engines", text)


if __name__ == "__main__":
    sys.exit(main())
