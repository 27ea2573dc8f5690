"""How often a mistake is told where it was made: examples with one mistake each, and what `braid check` says of them.

    python benchmarks/mutations.py [--misses] [--sample N] [--seed S] [FILE...]

Of every key of every example: without it, misspelt, twice, with a value of a wrong type. Of every name in an
expression: misspelt. Not all of this is wrong: an optional key may go, and in data (`set`, `json`, `output`, …) any key
and any value is right. So a mutation counts as wrong

* when the language forbids it, which `suite/mutating.py` says without asking the checker: a key that isn't data
  misspelt, a value of a wrong type where the language demands one, a required key gone, any key twice, an unknown name;
* or when the checker finds an error: what nothing forbids may still not fit the rest of the file.

It is hit when the place of a diagnostic, or a further place that it shows, covers the mutated place. What was taken
away has no place: there the keys beside it and that of its block count, and a diagnostic at a text that names what is
missing. A member of a value that only a run brings (`answer.titel`) counts as wrong when the checker finds an error:
else nobody knows before.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

from suite.mutating import Mutation, mutations
from suite.table import markdown

from braid.diagnostics import Diagnostic
from braid.language.load import load

EXAMPLES = Path(__file__).parents[1] / "examples"
TARGET = 0.95


class Tally:
    """What became of the mutations of one class."""

    def __init__(self) -> None:
        self.made = self.wrong = self.hit = 0

    def cells(self, name: str) -> list[str]:
        """A row of the table."""
        rate = f"{self.hit / self.wrong:.1%}" if self.wrong else "–"
        return [name, f"{self.made:,}", f"{self.made - self.wrong:,}", f"{self.wrong:,}", f"{self.hit:,}", rate]


def diagnosed(mutation: Mutation) -> list[Diagnostic]:
    """What the command says of a mutation."""
    return load(mutation.text, folder=mutation.file.parent, name=mutation.file.name, lints=True).diagnostics


def is_hit(mutation: Mutation, found: list[Diagnostic]) -> bool:
    """Whether a diagnostic shows the mutated place."""
    for diagnostic in found:
        spans = [*([diagnostic.span] if diagnostic.span else []), *(label.span for label in diagnostic.related)]
        for span in spans:
            if span.source.text != mutation.text:
                continue
            if any(span.start <= end and start <= max(span.end, span.start) for start, end in mutation.places):
                return True
            if mutation.missing and any(name in span.text for name in mutation.missing):
                return True
    return False


def judged(mutation: Mutation, found: list[Diagnostic]) -> tuple[bool, bool]:
    """Whether the mutation is wrong, and whether it is hit."""
    wrong = mutation.forbidden or any(each.severity == "error" for each in found)
    return wrong, wrong and is_hit(mutation, found)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--misses", action="store_true", help="print each mutation that isn't hit")
    parser.add_argument("--sample", type=int, help="so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    files = given.files or sorted(EXAMPLES.glob("*.braid.yaml"))
    chosen = [mutation for file in files for mutation in mutations(file, given.seed)]
    if given.sample:
        chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    misses: Counter[str] = Counter()
    for mutation in chosen:
        found = diagnosed(mutation)
        wrong, hit = judged(mutation, found)
        for tally in (tallies[mutation.kind], tallies["all"]):
            tally.made += 1
            tally.wrong += wrong
            tally.hit += hit
        if wrong and not hit:
            misses[f"{mutation.kind}: {'told elsewhere' if found else 'not told'}"] += 1
            if given.misses:
                told = "; ".join(f"{each.code} at {each.span.line if each.span else 0}" for each in found) or "nothing"
                print(f"{mutation.file.name}:{mutation.line}: {mutation.kind}: {mutation.what}: {told}")
    head = ["mutation", "made", "right, or not known", "wrong", "hit", "rate"]
    total = tallies.pop("all")
    rows = [tally.cells(name) for name, tally in sorted(tallies.items())]
    print(markdown(head, [*rows, total.cells("all")]))
    print("\n".join(f"{count:>5}  {why}" for why, count in misses.most_common()))
    met = total.hit >= TARGET * total.wrong
    rate = total.hit / max(total.wrong, 1)
    print(f"{rate:.2%} of what is wrong is told at its place; target ≥ 95 % {'✓' if met else '✗'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
