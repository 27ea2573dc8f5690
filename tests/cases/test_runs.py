"""Workflows of `runs/`, each beside what its run must give. `run_case.py` says what may stand in an expectation."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from loopback import Loopback
from run_case import CASES, compare, expected, names, run_case

NAMES = names()


@pytest.mark.parametrize("name", NAMES)
def test_run_gives_what_is_expected(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    caplog.set_level(logging.DEBUG)
    wanted = expected(name)
    needs_server = "inputs.server" in (CASES / f"{name}.braid.yaml").read_text(encoding="utf-8")
    server = Loopback(request.getfixturevalue("httpserver")) if needs_server else None
    folder = tmp_path / "case"
    folder.mkdir()

    compare(wanted, run_case(name, wanted, folder, server), folder, caplog.records)


def test_every_expectation_belongs_to_a_workflow() -> None:
    assert sorted(path.name.removesuffix(".expected.yaml") for path in CASES.glob("*.expected.yaml")) == NAMES
