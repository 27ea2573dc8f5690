"""`make soak` says what fails, in a way that shows it again, and exits 1."""

from __future__ import annotations

import pytest

from braid.history.loose_ends import LooseEnds
from braid.testing import simulation_soak
from braid.testing.simulation_soak import Batch, Trial, main, try_batch


def test_a_failure_is_told_with_the_numbers_that_show_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LooseEnds, "to_start", lambda self: [])

    trial = try_batch(Batch("calm", (1,), (2,)))

    [failure] = trial.failures
    assert failure.startswith("calm workflow 1, seed 2, after append 0: ")
    with pytest.raises(AssertionError) as raised:
        main(["--again", "calm", "1", "2"])
    assert str(raised.value) == failure


@pytest.mark.parametrize(("failures", "status"), [((), 0), (("calm workflow 1",), 1)])
def test_the_status_says_whether_something_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failures: tuple[str, ...], status: int
) -> None:
    monkeypatch.setattr(simulation_soak, "trials", lambda batches, *, seconds: iter([Trial(7, failures)]))

    assert main(["1"]) == status

    assert capsys.readouterr().out.splitlines()[: len(failures)] == list(failures)


def test_what_it_is_asked_wrongly_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2

    assert "--again" in capsys.readouterr().err
