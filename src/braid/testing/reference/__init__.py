"""A second, deliberately naive interpreter of the language: direct recursion, no concurrency, no journal.

Branches and items run one after the other, so it behaves as a run in which every limit is 1. Where concurrency may
change the winner (`wait: any`, N or an expression; which of two failures came first), it gives that run's answer, and
comparisons hold for a machine driven with limits of 1 only.
"""

from braid.testing.reference.interpreter import Answer, Interpretation, interpret

__all__ = ["Answer", "Interpretation", "interpret"]
