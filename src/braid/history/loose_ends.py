"""What a crash left open: read off the recorded events and what the machine answers to them.

Whoever resumes a run has to see to it: tasks that were started and not answered are started again, those that were
already being cancelled are answered for, and timers are set with the due time they had.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from braid.language.plan import PoolSpec
from braid.machine.commands import CancelTask, ClearTimer, Command, SetTimer, StartTask
from braid.machine.events import Event, TaskCancelled, TaskFailed, TaskSucceeded, TimerFired


class LooseEnds:
    """Told of every recorded event and the commands that follow from it, in order."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, int], StartTask] = {}
        self._cancelled: dict[tuple[str, int], StartTask] = {}
        self._timers: dict[tuple[str, str], float] = {}
        self._pool_starts: defaultdict[str, deque[float]] = defaultdict(deque)

    def note(self, event: Event, commands: Iterable[Command]) -> None:
        """An event has been replayed."""
        if isinstance(event, TaskSucceeded | TaskFailed | TaskCancelled):
            self._answered(event)
        elif isinstance(event, TimerFired):
            self._timers.pop((event.address, event.name), None)
        for command in commands:
            if type(command) is StartTask:  # nearly always
                self._tasks[command.address, command.attempt] = command
            else:
                self._note_command(command)

    @property
    def timers(self) -> Mapping[tuple[str, str], float]:
        """(address, name) → due, of the timers to set."""
        return self._timers

    @property
    def pool_starts(self) -> Mapping[str, Sequence[float]]:
        """Pool → when steps began to execute in it (epoch seconds, sorted), for pools with a rate.

        At most as many as the rate allows. Starts of which no answer came aren't among them: nobody wrote them down.
        """
        return {name: sorted(starts) for name, starts in self._pool_starts.items()}

    def to_start(self) -> list[StartTask]:
        """Tasks that nobody answered for, in the order in which they were first started."""
        return list(self._tasks.values())

    def to_answer(self) -> list[StartTask]:
        """Tasks that were told to end and of which no answer came: their process is gone, so they are cancelled."""
        return list(self._cancelled.values())

    def _answered(self, event: TaskSucceeded | TaskFailed | TaskCancelled) -> None:
        key = event.address, event.attempt
        command = self._tasks.pop(key, None) or self._cancelled.pop(key, None)
        if command is not None and command.pool is not None and command.pool.rate is not None:
            self._note_start(command.pool, command.pool.rate[0], event.started)

    def _note_start(self, pool: PoolSpec, most: int, started: float) -> None:
        starts = self._pool_starts[pool.name]
        starts.append(started)
        if len(starts) > most:
            # Answers don't come in the order of the starts; the earliest of those kept binds the least.
            starts.remove(min(starts))

    def _note_command(self, command: Command) -> None:
        match command:
            case CancelTask():
                key = (command.address, command.attempt)
                if key in self._tasks:
                    self._cancelled[key] = self._tasks.pop(key)
            case SetTimer():
                self._timers[command.address, command.name] = command.due
            case ClearTimer():
                self._timers.pop((command.address, command.name), None)
