"""The loop between the machine and the world.

What has arrived is appended to the journal as one batch; only then does the machine hear of it, and only then is
carried out what the machine says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from braid.execution.answers import answer_of_stopped, too_large
from braid.execution.attempt import AGAIN_SECONDS, Attempt, Leftover, Stop
from braid.execution.clock import Clock
from braid.execution.context import RunSurroundings, StepContext
from braid.execution.crew import Crew
from braid.execution.placing import Placing, PlacingOf
from braid.execution.pools import Pool
from braid.execution.requests import RequestWatch
from braid.execution.strays import Strays
from braid.execution.timers import Timers
from braid.history.loose_ends import LooseEnds
from braid.journal.errors import ValueTooLargeError
from braid.journal.protocol import Journal
from braid.journal.records import Request
from braid.language.plan import PoolSpec
from braid.language.task_kind import current_step
from braid.machine.commands import CancelTask, ClearTimer, Command, EndRun, SetTimer, StartTask
from braid.machine.events import CancelRequested, Event, TaskCancelled, TaskFailed, TaskSucceeded, TimerFired
from braid.machine.outcome import Outcome

KILL_SECONDS = 0.2
"""After a second interrupt, what was killed or cancelled has this long to be gone."""

IN_A_ROW_MAX = 200
"""After so many events without a turn of the loop it has one: timers, signals and the live view wait for it."""

logger = logging.getLogger("braid.execution")


class Steps(Protocol):
    """What the executor needs of `braid.machine.machine.Machine`."""

    def handle(self, event: Event) -> list[Command]:
        """What shall happen now that this has happened."""


class Executor:
    """Runs one machine to its end. Everything but `run` returns at once; all of it on the loop's thread.

    Attributes:
        outcome: Of the run; None when it was interrupted.
        leftovers: Steps that would not end.
    """

    def __init__(
        self,
        machine: Steps,
        journal: Journal,
        surroundings: RunSurroundings,
        clock: Clock,
        folders: Mapping[int, Path] | None = None,
        placing: PlacingOf = Placing,
    ) -> None:
        self.outcome: Outcome | None = None
        self.leftovers: list[Leftover] = []
        self._machine = machine
        self._journal = journal
        self._surroundings = surroundings
        self._clock = clock
        self._folders = folders or {}
        self._loop = asyncio.get_running_loop()
        self._timers = Timers(clock, self._loop, self._timer_due)
        self._strays = Strays(self._loop)
        self._placing = placing(surroundings, clock, self._loop)
        self._pools: dict[str, Pool] = {}
        self._pool_starts: dict[str, list[float]] = {}
        self._requests = RequestWatch(journal, surroundings.run_id, self._loop, self._act_on)
        self._inbox: list[Event] = []
        self._waiting: asyncio.Future[None] | None = None
        self._attempts: dict[str, Attempt] = {}
        self._crew = Crew(self._loop, self._execute, self._answered)
        self._going_on = False
        self._handled_in_a_row = 0
        self._interrupted = False
        self._killed = False
        self._crash: BaseException | None = None

    async def run(
        self, first: Sequence[Event], ends: LooseEnds | None = None, live: Callable[[], None] | None = None
    ) -> None:
        """Handle the first events and go on until the run has ended or was interrupted; then nothing of it is running.

        Args:
            first: What starts the run, in the journal already; nothing for one that was replayed.
            ends: What that one left open.
            live: Called when both have been seen to.

        Raises:
            JournalFullError: See `Journal.append`; all steps were cancelled.
            JournalLostError: As above.
            BaseException: A bug of the engine; all steps were cancelled.
        """
        try:
            self._handle(first, self._clock.now())
            self._requests.look()
            if ends is not None:
                await self._pick_up(ends)
            if live is not None:
                live()
            await self._go_on()
        finally:
            await self._wind_up()
        if self._crash is not None:
            raise self._crash

    def cancel(self, reason: str = "") -> None:
        """Somebody wants the run to end: it is cancelled, its `finally` runs. The second time ends `finally` too."""
        self._arrived(CancelRequested(time=self._clock.now(), reason=reason))

    def _act_on(self, request: Request) -> None:
        if request.kind == "cancel":
            self.cancel(request.reason)
        else:
            logger.warning("a request of the unknown kind `%s` is not acted on", request.kind)

    def interrupt(self) -> None:
        """The process shall end: stop handling, cancel what runs and wait for it. The run can be resumed later."""
        if not self._interrupted:
            running = f"{len(self._attempts)} running step{'' if len(self._attempts) == 1 else 's'}"
            logger.warning("interrupted: cancelling %s… (a second time ends at once)", running)
        self._interrupted = True
        self._wake()

    def kill(self) -> None:
        """End at once: kill worker processes, give up on everything else."""
        self.interrupt()
        self._killed = True
        self._placing.kill()
        for attempt in list(self._attempts.values()):
            self._press_last(attempt, KILL_SECONDS)

    # The loop.

    async def _go_on(self) -> None:
        while self.outcome is None and not self._interrupted and self._crash is None:
            if not self._inbox:
                self._handled_in_a_row = 0
                self._going_on = True  # and nothing else, as long as it waits
                try:
                    await self._arrival()
                finally:
                    self._going_on = False
                continue
            batch = await self._next_batch()
            self._handle(batch, self._clock.now())

    def _answered(self, others_begin: bool) -> None:
        """Handle what has arrived in the asyncio.Task that brought it, where the journal need not be waited for.

        Waking `_go_on`, and that waking the crew, are two turns of the loop: 14 of the 43 µs a step of a chain (W1).
        """
        if others_begin or not self._handled_at_once():
            self._wake()

    def _handled_at_once(self) -> bool:
        batch = self._inbox
        if (
            not batch
            or not self._going_on
            or self._interrupted
            or self._crash is not None
            or self._requests.unsettled
            or self._handled_in_a_row + len(batch) > IN_A_ROW_MAX
            or not self._journal.append_now(self._surroundings.run_id, batch)
        ):
            return False
        self._handled_in_a_row += len(batch)
        self._inbox = []
        try:
            # The last one has just come.
            self._handle(batch, batch[-1].time)
        except BaseException as error:
            self._crash = error
        return self.outcome is None and self._crash is None

    async def _next_batch(self) -> Sequence[Event]:
        """What has arrived, durable by now."""
        arrived, self._inbox = self._inbox, []
        requests = self._requests.acted_on()
        batch = await self._kept(arrived)
        self._requests.settle(requests)
        return batch

    def _handle(self, batch: Sequence[Event], now: float) -> None:
        handle = self._machine.handle
        for event in batch:
            for command in handle(event):
                if type(command) is StartTask:  # nearly always
                    self._start(command, now)
                else:
                    self._carry_out(command)

    async def _kept(self, batch: Sequence[Event]) -> Sequence[Event]:
        """The batch as the journal took it: a value that is too large for it fails its step instead."""
        while True:
            try:
                await self._journal.append(self._surroundings.run_id, batch)
            except ValueTooLargeError as error:
                if not error.address:
                    raise
                batch = [too_large(event, error) for event in batch]
            else:
                return batch

    async def _pick_up(self, ends: LooseEnds) -> None:
        """Go on where an earlier process was: timers keep their due time, tasks that nobody answered for run again."""
        # A cancellation that came before is heard first: what it cancels doesn't run again only to be stopped.
        for event in await self._next_batch():
            commands = self._machine.handle(event)
            ends.note(event, commands)
            self.outcome = next((each.outcome for each in commands if isinstance(each, EndRun)), self.outcome)
        now = self._clock.now()
        for name, starts in ends.pool_starts.items():
            self._pool_starts[name] = [self._loop.time() - (now - start) for start in starts]
        for (address, name), due in ends.timers.items():
            self._timers.set(address, name, due)
        for command in ends.to_answer():
            address, attempt = command.address, command.attempt
            self._inbox.append(TaskCancelled(time=now, address=address, attempt=attempt, started=now))
        for command in ends.to_start():
            self._start(command, now)

    async def _arrival(self) -> None:
        self._waiting = self._loop.create_future()
        await self._waiting

    def _arrived(self, event: Event) -> None:
        self._inbox.append(event)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _carry_out(self, command: Command) -> None:
        match command:
            case CancelTask():
                attempt = self._attempts.get(command.address)
                if attempt is not None and attempt.command.attempt == command.attempt:
                    self._stop(attempt, Stop.CANCELLED)
            case SetTimer():
                self._timers.set(command.address, command.name, command.due)
            case ClearTimer():
                self._timers.clear(command.address, command.name)
            case EndRun():
                assert not self._attempts, f"the run ended while {list(self._attempts)} were running"
                self.outcome = command.outcome

    def _timer_due(self, address: str, name: str) -> None:
        self._arrived(TimerFired(time=self._clock.now(), address=address, name=name))

    async def _wind_up(self) -> None:
        """Leave nothing running. What ended by itself meanwhile is kept, so that a resumed run needn't do it again."""
        self._timers.close()
        self._requests.close()
        for attempt in list(self._attempts.values()):
            self._stop(attempt, Stop.INTERRUPTED)
        while self._attempts:
            await self._arrival()
        await self._crew.close()
        for pool in self._pools.values():
            pool.close()
        await self._placing.close()
        await self._surroundings.close()
        kept = [event for event in self._inbox if isinstance(event, TaskSucceeded | TaskFailed)]
        if kept and self.outcome is None and self._crash is None and not self._killed:
            await self._kept(kept)

    # Attempts.

    def _start(self, command: StartTask, now: float) -> None:
        run, node = self._surroundings, command.node
        folder = self._folders.get(id(node), run.folder) if self._folders else run.folder
        address, attempt_number = command.address, command.attempt
        context = StepContext(run, run.run_id, address, attempt_number, folder, run.grace, node.function)
        attempt = Attempt(command, context, now)
        assert address not in self._attempts, f"{address} was started twice"
        self._attempts[address] = attempt
        self._crew.add(attempt)

    async def _execute(self, attempt: Attempt) -> None:
        """An attempt, from the wait for its pool to its answer."""
        step = current_step.set(attempt.context)
        event: Event | None = None
        try:
            if attempt.command.pool is not None:
                pool = self._pool(attempt.command.pool)
                await pool.acquire()
                attempt.pool = pool
                attempt.started = self._clock.now()
            if attempt.command.timeout is not None:
                self._limit_time(attempt)
            event = await self._placing.perform(attempt, self._limit_time)
            if attempt.stop is not None:
                # It ended after it was told to end; in what way doesn't matter any more.
                event = answer_of_stopped(attempt, self._clock.now())
        except asyncio.CancelledError:
            event = answer_of_stopped(attempt, self._clock.now())
        except GeneratorExit:
            # A step that would not end, thrown away with its loop.
            raise
        except BaseException as error:
            self._crash = self._crash or error
        if attempt.stop is not None and attempt.context.starts_processes:
            await self._strays.ended(attempt.context.mark)
        current_step.reset(step)
        self._finish(attempt, event)

    def _pool(self, spec: PoolSpec) -> Pool:
        pool = self._pools.get(spec.name)
        if pool is None:
            pool = self._pools[spec.name] = Pool(spec, self._loop, self._pool_starts.get(spec.name, ()))
        return pool

    def _limit_time(self, attempt: Attempt) -> None:
        """Its time runs from now on; called again when it had to wait for a thread or process."""
        timeout = attempt.command.timeout
        if timeout is not None:
            if attempt.expiry is not None:
                attempt.expiry.cancel()
            attempt.started = self._clock.now()
            attempt.expiry = self._loop.call_later(timeout, self._stop, attempt, Stop.TIMEOUT)

    def _stop(self, attempt: Attempt, reason: Stop) -> None:
        """Tell an attempt to end. It is pressed again after the grace period, and shortly after that given up."""
        first = attempt.stop is None
        if first or reason is Stop.INTERRUPTED:
            attempt.stop = reason
        if not first:
            return
        attempt.context.cancelled = True
        attempt.told_to_end = self._loop.time()
        if attempt.task is None:
            self._finish(attempt, answer_of_stopped(attempt, self._clock.now()))
            self._wake()
        else:
            attempt.task.cancel()
            attempt.reaper = self._loop.call_later(self._surroundings.grace, self._press_last, attempt, AGAIN_SECONDS)

    def _press_last(self, attempt: Attempt, seconds: float) -> None:
        if attempt.task is not None:
            attempt.task.cancel()
        attempt.forget_timers()
        attempt.reaper = self._loop.call_later(seconds, self._give_up, attempt)

    def _give_up(self, attempt: Attempt) -> None:
        """Answer for an attempt that doesn't end, so that the run can, and tell people of it."""
        given = self._surroundings.grace
        if self._killed:
            given = min(given, round(self._loop.time() - attempt.told_to_end, 1))
        leftover = Leftover(attempt.command.address, attempt.command.node.kind, given)
        self.leftovers.append(leftover)
        logger.warning("%s", leftover)
        self._finish(attempt, answer_of_stopped(attempt, self._clock.now()))
        self._wake()
        attempt.left_over = True

    def _finish(self, attempt: Attempt, event: Event | None) -> None:
        if attempt.expiry is not None or attempt.reaper is not None:
            attempt.forget_timers()
        if attempt.left_over:
            return
        attempt.answered = True
        del self._attempts[attempt.command.address]
        if attempt.pool is not None:
            attempt.pool.release()
        if event is not None:
            self._inbox.append(event)
