"""Every sentence of the language contract has tests that exist, and every case of `runs/` proves a sentence."""

from __future__ import annotations

import pytest
from run_case import names
from sentence_list import Sentence, exists, sentences

SENTENCES = sentences()


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: f"{sentence.section[:4]}{sentence.says[:50]}")
def test_a_sentence_has_tests_that_exist(sentence: Sentence) -> None:
    assert sentence.says.strip()
    assert bool(sentence.tests) != bool(sentence.later), "tests, or what it waits for"
    assert [test for test in sentence.tests if not exists(test)] == []


def test_no_sentence_stands_twice() -> None:
    said = [(sentence.section, sentence.says) for sentence in SENTENCES]

    assert len(said) == len(set(said))


def test_every_case_of_runs_proves_a_sentence() -> None:
    proving = {test.removeprefix("runs/") for sentence in SENTENCES for test in sentence.tests}

    assert [name for name in names() if name not in proving] == []


def test_a_test_that_is_gone_is_noticed() -> None:
    assert exists("runs/group")
    assert not exists("runs/no_such_case")
    assert not exists("laws/test_law_01_order.py::test_no_such_law")
