"""What processes ask of each other, in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from braid.journal.mailbox import Mailbox
from braid.journal.records import Request

FIRST = Request(id="b", kind="cancel", time=1.0, reason="because\n☃")
SECOND = Request(id="a", kind="cancel", time=2.0)


def test_a_request_is_there_for_every_process_until_it_is_seen_to(tmp_path: Path) -> None:
    here, there = Mailbox(tmp_path / "requests"), Mailbox(tmp_path / "requests")
    assert list(there.waiting("r")) == []
    for request in (SECOND, FIRST):
        here.put("r", request)
    assert list(there.waiting("r")) == [FIRST, SECOND]
    assert list(there.waiting("other")) == []
    there.drop("r", FIRST)
    there.drop("r", FIRST)
    assert list(here.waiting("r")) == [SECOND]
    there.drop("r", SECOND)
    assert list(here.waiting("r")) == []
    # Nothing is left of it, and it can be written to again.
    assert list((tmp_path / "requests").iterdir()) == []
    here.put("r", FIRST)
    assert list(there.waiting("r")) == [FIRST]


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "requests")
    assert list(mailbox.waiting("r")) == []
    mailbox.drop("r", FIRST)
    mailbox.forget(["r"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": 1}', b"\xff"])
def test_what_is_no_request_is_passed_over(tmp_path: Path, content: bytes) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.put("r", FIRST)
    (tmp_path / "r" / "0.json").write_bytes(content)
    (tmp_path / "r" / "folder.json").mkdir()
    assert list(mailbox.waiting("r")) == [FIRST]


def test_a_request_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "0.json").write_text('{"id": "0", "kind": "pause", "time": 3.5, "until": "noon"}')
    assert list(mailbox.waiting("r")) == [Request(id="0", kind="pause", time=3.5)]


def test_half_a_request_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Mailbox(tmp_path)

    def fail(self: Path, target: Path) -> Path:
        # What another process would see now.
        assert list(mailbox.waiting("r")) == []
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space left"):
            mailbox.put("r", FIRST)
    assert list((tmp_path / "r").iterdir()) == []


def test_forgotten_runs_are_asked_nothing(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    for run_id in ("one", "two"):
        mailbox.put(run_id, FIRST)
    mailbox.forget(["one", "never"])
    assert (list(mailbox.waiting("one")), list(mailbox.waiting("two"))) == ([], [FIRST])
