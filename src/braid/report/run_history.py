"""All that a journal tells of one run: its replay, its steps as spans, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from braid.diagnostics import DiagnosticsError
from braid.history.fewer_searches import fewer_searches
from braid.history.replay import Replay, looked_at
from braid.journal.errors import JournalCorruptError
from braid.journal.records import RunHead
from braid.language.plan import Node, Plan
from braid.language.task_kind import Value
from braid.machine.events import Event, RunStarted
from braid.machine.outcome import Failure
from braid.report.aftermath import Aftermath
from braid.report.bare_spans import BareSpans
from braid.report.observers import Observers
from braid.report.run_facts import RunFacts
from braid.report.run_result import status_of
from braid.report.run_tree import RunTree
from braid.report.span_observer import SpanObserver
from braid.report.spans import StepSpan, Stretch
from braid.report.standstill import Gap, standstills

NO_FILES = (
    "this run was started by a program and its workflow isn't in the journal: steps are shown as their answers tell"
)
UNREADABLE_PLAN = "this Braid can't read the workflow as the run took it ({why}): steps are shown as their answers tell"

ASTRAY = (
    "a condition of this run depends on a secret, which isn't in the journal: steps are shown as their answers tell"
)


class RunHistory:
    """One run, read once. After an edit it is that of the edited file.

    Attributes:
        replay: None where the run's plan can't be made; then there are spans of the steps that ended, and no more.
        note: Why there is no replay.
        damage: What is wrong with the journal of this run; "" where all could be read. The rest is as far as it goes.
        inputs: Of the run, as it began.
        last_time: Of the last event, in epoch seconds.
        standstills: When the run was stopped, as far as its steps tell; epoch seconds.
    """

    def __init__(self, facts: RunFacts, head: RunHead | None, wanted: str = "", *, listed: bool = True) -> None:
        """Args:
        wanted: Address, end of an address or id of the steps whose arguments and output are kept.
        listed: Whether `tree` is filled, which only `show --json` looks at: 0.3 s for 100,000 steps.
        """
        self.facts = facts
        self.replay: Replay | None = None
        self.note = ""
        self.damage = ""
        self.inputs: dict[str, Value] = {}
        self.last_time = facts.started
        self.tree = RunTree()
        self.aftermath = Aftermath()
        self.standstills: list[Gap] = []
        self._head = head
        self._wanted = wanted
        self._listed = listed
        self._spans = SpanObserver(facts.started)
        self._bare = BareSpans(facts.started)

    def read(self, events: Callable[[], Iterable[Event]]) -> RunHistory:
        """Read the run's events; asks for them again when it finds that the plan can't be made."""
        head = self._head
        if head is None or not head.files:
            self.note = NO_FILES
        else:
            try:
                self.replay = looked_at(head, self._observer)
                self._read(events(), self._replayed)
                if not self._went_astray():
                    self.standstills = standstills(self._spans.by_address.values())
                    return self
                self.replay, self.note = None, ASTRAY
            except DiagnosticsError as error:
                self.replay = None
                self.note = UNREADABLE_PLAN.format(why=error.diagnostics[0].message)
        self._read(events(), self._bare.take)
        self.aftermath = Aftermath()
        self.tree = self._bare.tree()
        return self

    @property
    def root(self) -> StepSpan:
        """The run as the span that holds all others."""
        return self._bare.root if self.replay is None else self._spans.root

    @property
    def spans(self) -> dict[str, StepSpan]:
        """All steps by their address."""
        return self._bare.by_address if self.replay is None else self._spans.by_address

    @property
    def open(self) -> list[Stretch]:
        """Attempts and waits that go on, or went on when the run was left, in the order in which they began."""
        return [] if self.replay is None else list(self._spans.open.values())

    @property
    def last(self) -> Stretch | None:
        """What ended last."""
        return self._spans.root.end_cause or self._spans.last

    @property
    def requests(self) -> list[str]:
        """The reasons that people gave for the run to end, one for each request."""
        return self._spans.requests

    @property
    def failure(self) -> Failure | None:
        """Why the run failed."""
        if self.replay is None:
            return self._bare.last_failure if self.facts.status == "failed" else None
        return status_of(self.replay.machine.outcome)[2]

    @property
    def output(self) -> Value:
        """What the run gave."""
        return None if self.replay is None else status_of(self.replay.machine.outcome)[1]

    def end(self, now: float) -> float:
        """When the run ended, `now` while it runs, the last sign of life where its owner died; epoch seconds."""
        if self.facts.status == "running":
            return now
        return max(self.last_time if self.facts.ended is None else self.facts.ended, self.facts.started)

    def duration(self, now: float) -> float:
        """Seconds from the start to `end`."""
        return self.end(now) - self.facts.started

    def _went_astray(self) -> bool:
        """The run is over, and its replay isn't: a secret, which nobody knows here, decided something."""
        assert self.replay is not None
        return self.facts.is_over and not self.damage and self.replay.machine.outcome is None

    def _observer(self, plan: Plan) -> Observers:
        self._spans = SpanObserver(self.facts.started, self._is_wanted if self._wanted else None)
        self.tree, self.aftermath = RunTree(), Aftermath()
        tree = (self.tree,) if self._listed else ()
        return Observers(*tree, self.aftermath, self._spans)

    def _is_wanted(self, address: str, node: Node) -> bool:
        wanted = self._wanted
        return wanted in (address, node.id) or address.endswith(f"/{wanted}")

    def _read(self, events: Iterable[Event], take: Callable[[Event], object]) -> None:
        latest = self.last_time
        try:
            with fewer_searches():
                for event in events:
                    if type(event) is RunStarted:
                        self.inputs = event.inputs
                    take(event)
                    latest = max(latest, event.time)
        except JournalCorruptError as error:
            self.damage = str(error)
        self.last_time = latest

    def _replayed(self, event: Event) -> None:
        assert self.replay is not None
        self._spans.before(event)
        commands = self.replay.take(event)
        self._spans.after(commands, self.replay.last_time)
