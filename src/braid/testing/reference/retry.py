"""Whether there is another attempt, and after how long."""

from __future__ import annotations

from braid.expressions.durations import parse_duration
from braid.language.plan import Resolvable, RetryPolicy
from braid.machine.outcome import Failure
from braid.testing.reference.scope import NaiveScope


class Attempts:
    """Counts the attempts at one step. Jitter is 0 here: chance is not compared."""

    def __init__(self, policy: RetryPolicy | None, scope: NaiveScope, now: float) -> None:
        self.policy = policy
        self.scope = scope
        self.first = now
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    def delay_after(self, failure: Failure, now: float) -> float | None:
        """Seconds before the next attempt, None when there is none."""
        policy = self.policy
        if policy is None or self.count >= int(policy.attempts.evaluate(self.scope)):
            return None
        if policy.when is None:
            wanted = failure.retryable
        else:
            wanted = policy.when.evaluate(self.scope.child({"error": failure.to_value()}))
        if not wanted:
            return None
        delay = max(self._delay(policy), failure.retry_after or 0.0)
        if policy.within is not None and now + delay > self.first + self._seconds(policy.within):
            return None
        return delay

    def _delay(self, policy: RetryPolicy) -> float:
        factor: float = {"fixed": 1, "linear": self.count, "exponential": 2.0 ** (self.count - 1)}[policy.backoff]
        return min(self._seconds(policy.delay) * factor, self._seconds(policy.max_delay))

    def _seconds(self, duration: Resolvable) -> float:
        seconds: float = parse_duration(duration.evaluate(self.scope))
        return seconds
