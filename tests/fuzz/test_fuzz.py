"""Some fuzzing in every test run: what was found before, and the first inputs of a seed. `make fuzz` tries more."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_inputs import KINDS, Input, inputs, made
from fuzz_judge import Verdict, judged

from fuzz import Progress

CORPUS = sorted(path for path in (Path(__file__).parent / "corpus").iterdir())
SEED, INPUTS, CHUNKS = 3, 4_000, 4


def kind_of(path: Path) -> str:
    return path.suffix.removeprefix(".") if path.suffix.removeprefix(".") in KINDS else "file"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_was_found_once_ends_well(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    text = data if kind_of(path) == "file" else data.decode("utf-8", "surrogatepass")

    assert not (verdict := judged(Input(kind_of(path), text), tmp_path)).is_find, verdict.why


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_inputs_end_in_a_plan_or_in_diagnostics(chunk: int, tmp_path: Path) -> None:
    size = INPUTS // CHUNKS
    start = chunk * size
    for number, one in enumerate(inputs(SEED, start, start + size), start):
        verdict = judged(one, tmp_path)
        assert not verdict.is_find, f"{number}: {verdict.ending}: {verdict.why}"


def test_an_input_follows_from_its_number() -> None:
    assert [made(1, 17), made(1, 18)] == list(inputs(1, 17, 19))
    assert made(1, 17) != made(2, 17)


def test_inputs_reach_plans_values_and_refusals(tmp_path: Path) -> None:
    """Else the changes are so wild that only the first lines of the code are tried."""
    endings = {judged(one, tmp_path).ending for one in inputs(SEED, 0, 300)}

    assert endings == {"plan", "diagnostics", "value", "refused"}


def test_an_exception_is_a_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr("fuzz_judge.load", broken)
    verdict = judged(Input("file", "name: x\n"), tmp_path)

    assert verdict.is_find
    assert "KeyError: 'planted'" in verdict.why


def test_slowness_is_a_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz_judge.SECONDS_MAX", 0.0)

    assert judged(Input("file", "name: x\n"), tmp_path).ending == "slow"


def test_progress_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress.read(tmp_path, 1)
    progress.take(0, "file", {**Verdict("plan").to_json(), "is_find": False})
    progress.take(1, "file", {**Verdict("exception", "why").to_json(), "is_find": True})
    progress.write()
    again = Progress.read(tmp_path, 1)

    assert again.done == 2
    assert "1 finds" in again.told(0)
    assert "exception" in capsys.readouterr().out
