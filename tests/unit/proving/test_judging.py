"""What is found at a crash, given what both lives wrote down."""

from __future__ import annotations

from typing import Any

from braid.testing.prove_compare import End, Standard
from braid.testing.prove_folder import FileState
from braid.testing.prove_judge import Finding, Trial, findings
from braid.testing.prove_life import Died, Executed, Executing, Life, LogLine, Recorded, Report
from braid.testing.prove_points import CrashPoint
from braid.testing.prove_report import grouped

POINT = CrashPoint(3, kept=False)
SUCCEEDED = {"status": "succeeded", "output": 1, "error": None}
WHOLE = End(SUCCEEDED, {"out": FileState("2 bytes")})


def begun(address: str, repeatable: bool | None = None, writes: bool = True) -> Executing:
    return Executing(address=address, attempt=1, kind="shell", writes=writes, repeatable=repeatable)


def done(address: str, succeeded: bool = True) -> Executed:
    return Executed(address=address, attempt=1, succeeded=succeeded)


def life(*lines: LogLine, report: Report | None = None, code: int = 0, overdue: bool = False) -> Life:
    return Life(lines=lines, report=report, code=code, overdue=overdue, printed="")


def killed(*lines: LogLine, promised: int = 1) -> Life:
    return life(*lines, Died(what="the answer of a", promised=promised), code=86)


def resumed(*lines: LogLine, started: str = "a", answered: str = "", events: int = 1, result: Any = SUCCEEDED) -> Life:
    recorded = Recorded(
        events=events,
        started=tuple((name, 1) for name in started),
        answered=tuple((name, 1) for name in answered),
    )
    return life(*lines, report=Report(result=result, recorded=recorded))


def found(first: Life, second: Life | None, files: str = "2 bytes") -> list[Finding]:
    end = None
    if second is not None and second.report is not None:
        end = End(second.report.result, {"out": FileState(files)})
    return list(findings(Trial(POINT, first, second, end), Standard([WHOLE])))


def codes(first: Life, second: Life | None, files: str = "2 bytes") -> list[tuple[str, str]]:
    return [(each.code, each.step.address if each.step else "") for each in found(first, second, files)]


def test_a_step_whose_answer_was_lost_and_did_no_visible_harm_is_only_noted() -> None:
    assert codes(killed(begun("a"), done("a")), resumed(begun("a"), done("a"))) == [("executed-again", "a")]


def test_with_another_file_it_repeated_its_effect() -> None:
    first, second = killed(begun("a"), done("a")), resumed(begun("a"), done("a"))

    [problem] = found(first, second, files="4 bytes")

    assert (problem.code, problem.step) == ("repeated-effect", begun("a"))
    assert problem.details == ("`out`: 4 bytes; without a crash 2 bytes",)


def test_a_step_that_surely_acts_again_needs_no_visible_harm() -> None:
    first, second = killed(begun("a", False), done("a")), resumed(begun("a", False), done("a"))

    assert codes(first, second) == [("repeated-effect", "a")]
    assert codes(first, second, files="4 bytes") == [("repeated-effect", "a")]


def test_a_failed_or_unfinished_attempt_is_judged_at_its_own_answer() -> None:
    second = resumed(begun("a", False), done("a"))

    assert codes(killed(begun("a", False), done("a", succeeded=False)), second) == []
    assert codes(killed(begun("a", False)), second) == []


def test_what_may_be_repeated_is_blamed_only_by_nothing_else() -> None:
    first = killed(begun("a", True), done("a"), begun("b"))

    alone = found(killed(begun("a", True), done("a")), resumed(begun("a", True), done("a")), "4 bytes")
    both = codes(first, resumed(begun("a", True), begun("b"), started="ab"), files="4 bytes")

    assert [(each.code, each.others) for each in alone] == [("different-files", (begun("a", True),))]
    assert both == [("repeated-effect", "b")]


def test_reading_twice_is_no_effect() -> None:
    assert codes(killed(begun("a", writes=False), done("a")), resumed(begun("a", writes=False))) == []


def test_another_result_is_told_with_the_step_that_ran_twice() -> None:
    first = killed(begun("a"), done("a"))

    [problem] = found(first, resumed(begun("a"), result={**SUCCEEDED, "output": 2}))

    assert (problem.code, problem.step, problem.about) == ("different-result", begun("a"), ("output",))


def test_a_run_that_fails_after_the_crash_is_told_where_it_began_to_fail() -> None:
    cause = {"type": "gone", "message": "no server", "address": "block/0/b", "cause": None}
    error = {"type": "branch", "message": "branch 0 failed", "address": "block", "cause": cause}
    second = resumed(begun("block/0/b"), result={"status": "failed", "output": None, "error": error})

    [problem] = found(killed(begun("a"), done("a")), second, files="9 bytes")

    assert (problem.code, problem.step, problem.fails) == ("different-result", begun("block/0/b"), True)
    assert problem.details == ("the run failed at block/0/b: no server", "without a crash it succeeded")


def test_acting_before_the_journal_knows_is_the_engines_fault() -> None:
    assert codes(killed(begun("a"), done("a"), begun("b")), resumed(begun("b"), started="a", answered="a")) == [
        ("engine-fault", "b")
    ]


def test_acting_again_on_what_was_answered_is_the_engines_fault() -> None:
    assert codes(killed(begun("a"), done("a")), resumed(begun("a"), answered="a")) == [("engine-fault", "a")]


def test_a_journal_that_lost_what_it_promised_is_the_engines_fault() -> None:
    [problem] = found(killed(begun("a", True), promised=3), resumed(begun("a", True), events=2))

    assert (problem.code, problem.details) == (
        "engine-fault",
        ("the journal has 2 events, and had promised to keep 3",),
    )


def test_a_second_life_without_an_end_is_told_with_what_it_executed() -> None:
    second = life(begun("a"), done("a"), begun("b"), code=-9, overdue=True)

    [problem] = found(killed(begun("a")), second)

    assert (problem.code, problem.step) == ("not-resumed", begun("b"))
    assert problem.details == ("the process that went on took too long, and was killed",)


def test_a_refusal_is_told_in_its_own_words() -> None:
    [problem] = found(killed(begun("a")), life(report=Report(refused="somebody has it")))

    assert (problem.code, problem.details) == ("not-resumed", ("somebody has it",))


def test_a_run_that_ends_before_the_point_says_nothing_and_one_that_dies_by_itself_does() -> None:
    whole = Trial(POINT, life(begun("a"), done("a"), report=Report(result=SUCCEEDED)))

    assert not whole.reached
    assert list(findings(whole, Standard([WHOLE]))) == []
    assert [each.code for each in findings(Trial(POINT, life(code=70)), Standard([WHOLE]))] == ["not-resumed"]


def test_findings_about_one_step_are_one_problem() -> None:
    first, second = killed(begun("a", False), done("a")), resumed(begun("a", False), done("a"))

    [group] = grouped([*found(first, second), *found(first, second)])

    assert group.points == ["before write 4, the answer of a"]
