"""Hypothesis strategies of workflow files, as plain values, that the checker accepts.

Tasks are of the kind `work` (see `braid.testing.work`), whose answer is a whole number that follows from the address,
the attempt and the arguments, so that whatever went wrong on the way shows in a result. Steps refer to each other as
the rules of visibility allow; where a step may not have run the reference says `| default(0)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from braid.testing.called import CALLED_FILE
from braid.testing.profiles import COMPARABLE, Known, Place, Profile

Value = Any  # plain values of a workflow file, see language.task_kind.Value
Steps = list[dict[str, Value]]
T = TypeVar("T")

STEPS_MAX = 14
"""Steps of one generated workflow, more or less: a list that was begun gets at least one."""
DEPTH_MAX = 3
"""Blocks within blocks."""
NEVER = "300d"
"""A timeout that no generated run comes near, whatever it waits for and however long nobody is there to resume it."""


@st.composite
def workflows(draw: st.DrawFn, profile: Profile = COMPARABLE) -> dict[str, Value]:
    """A whole workflow, as the plain values of its file."""
    return Writer(draw, profile).workflow()


@dataclass
class Writer:
    draw: st.DrawFn
    profile: Profile
    left: int = STEPS_MAX
    ids: int = 0
    names: list[str] = field(default_factory=list)

    def workflow(self) -> dict[str, Value]:
        place = Place(numbers=("inputs.n", "vars.v"), returnable=self.profile.returns)
        flow: dict[str, Value] = {
            "name": "generated",
            "inputs": {"n": {"type": "integer", "default": 3}},
            "vars": {"v": "{{ inputs.n * 2 }}"},
        }
        if self.profile.pools:
            flow["pools"] = {"p": 1}
        if self.chance(30):
            flow["max_concurrency"] = self.number(1, 4)
        if self.chance(10):
            flow["timeout"] = NEVER
        flow["steps"], exports = self.steps(place, at_least=2)
        after = tuple(replace(known, certain=False) for known in exports)
        if self.profile.failures and self.chance(15):
            flow["on_failure"], _ = self.steps(replace(place, known=after, depth=DEPTH_MAX).fenced())
        if self.chance(15):
            flow["finally"], _ = self.steps(replace(place, known=after, depth=DEPTH_MAX).fenced())
        if self.chance(60):
            flow["output"] = [f"{{{{ {known.reference} }}}}" for known in exports]
        return flow

    # Chance. Everything shrinks towards "no" and the smallest.

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def one_of(self, choices: Sequence[T]) -> T:
        return self.draw(st.sampled_from(choices))

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        return self.draw(st.permutations(choices))

    # Expressions.

    def new_id(self) -> str:
        self.ids += 1
        return f"s{self.ids}"

    def numeric(self, place: Place) -> str:
        known = [known.reference for known in place.known if known.type == "number"]
        return self.one_of([*place.numbers, *known])

    def condition(self, place: Place) -> str:
        return f"({self.numeric(place)}) % {self.number(2, 3)} == {self.number(0, 1)}"

    def value(self, place: Place) -> Value:
        names = [*place.numbers, *place.values, *(known.reference for known in place.known)]
        shown = self.one_of(names)
        shapes: list[Value] = [
            f"{{{{ {shown} }}}}",
            self.number(0, 9),
            f"<{{{{ {shown} }}}}>",
            {"a": f"{{{{ {shown} }}}}"},
        ]
        if self.profile.draws:
            shapes += ["{{ random() }}", "{{ [uuid(), uuid()] }}"]
        if self.profile.moments:
            shapes += ["{{ now() | string }}"]
        return self.one_of(shapes)

    def list_value(self, place: Place) -> list[Value]:
        return [f"{{{{ {self.numeric(place)} }}}}", self.number(0, 9)]

    # Lists and steps.

    def steps(self, place: Place, at_least: int = 1) -> tuple[Steps, list[Known]]:
        """A list of one to four steps, and what the enclosing list sees of it."""
        count = max(at_least, min(self.left, self.number(1, 4)))
        landing, landing_at = "", 0
        if self.profile.jumps and count > 2 and place.depth < DEPTH_MAX and self.chance(15):
            landing, landing_at = self.new_id(), self.number(1, count - 1)
        steps: Steps = []
        exports: list[Known] = []
        behind: tuple[str, ...] = ()
        for position in range(count):
            ahead = (landing,) if landing and position < landing_at else ()
            if landing and position == landing_at:
                exports = [replace(known, certain=False) for known in exports]
            here = replace(place, known=place.known + tuple(exports), targets=place.targets + ahead + behind)
            step, seen = self.step(here, landing if landing and position == landing_at else None)
            steps.append(step)
            exports += seen
            if "id" in step and self.profile.jumps:
                behind = (step["id"],)
        return steps, exports

    def step(self, place: Place, id: str | None = None) -> tuple[dict[str, Value], list[Known]]:
        self.left -= 1
        kinds = ["work", "work", "set"]
        if place.depth < DEPTH_MAX and self.left > 0:
            kinds += self.profile.kinds
            kinds += ["expired"] if self.profile.failures else []
        if id is None and (
            place.breakable or (place.targets and self.chance(30)) or (place.returnable and self.chance(10))
        ):
            kinds += ["jump"]
        kind = self.one_of(kinds)
        if kind == "jump":
            return self.jump(place), []
        body, inner, type = getattr(self, f"_{kind}")(place)
        step: dict[str, Value] = dict(body)
        certain = self.around(step, kind, place)
        if certain < 2:
            inner = [replace(known, certain=False) for known in inner]
        if id or self.chance(85):
            step = {"id": id or self.new_id(), **step}
            inner = [*inner, Known(step["id"], type, certain > 0)]
        return step, inner

    def around(self, step: dict[str, Value], kind: str, place: Place) -> int:
        """Common keys. 2: it certainly runs, 1: only its own id is certain, 0: it may be skipped."""
        certain = 2
        if "if" not in step and self.chance(15):
            step["if"] = self.condition(place)
            certain = 0
        if kind == "work" and self.chance(15):
            step["output"] = "{{ result + 1 }}"
        if kind != "set" and "timeout" not in step and self.chance(8):
            step["timeout"] = NEVER
        if not self.profile.failures:
            return certain
        if kind == "work" and self.chance(10):
            step["schema"] = {"type": "integer", "maximum": self.number(0, 9_000)}
        if kind != "set" and self.chance(15):
            step["retry"] = self.retry(kind)
        if kind != "set" and self.chance(15):
            certain = min(certain, 1)
            if self.chance(50):
                step["fallback"] = {"value": self.number(0, 9)}
            else:
                # What the fallback's steps give stays unnamed outside: only its own steps may use it.
                steps, _ = self.steps(replace(place, depth=DEPTH_MAX).fenced())
                told = "{{ error.type }}" if self.profile.waits else "failed"
                step["fallback"] = {"steps": [*steps, {"work": {"value": told}}]}
        return certain

    def retry(self, kind: str) -> Value:
        # Which of several failures ends a block hangs on the order; so may whether it can be tried again.
        always = {} if self.profile.waits or kind == "work" else {"when": "true"}
        if self.chance(50) and not always:
            return self.number(1, 3)
        return {
            **always,
            "attempts": self.number(1, 3),
            "backoff": self.one_of(["fixed", "linear", "exponential"]),
            "delay": self.one_of(["100ms", "200ms", "1s"]),
            "max_delay": "1s",
            **self.one_of([{}, {"jitter": 0.5}, {"within": NEVER}]),
        }

    def jump(self, place: Place) -> dict[str, Value]:
        ways = [way for way, there in (("break", place.breakable), ("continue", place.breakable)) if there]
        ways += ["goto"] if place.targets else []
        ways += ["return"] if place.returnable else []
        way = self.one_of(ways)
        if way in ("break", "continue"):
            return {way: self.condition(place)}
        if way == "goto":
            target = {"to": self.one_of(place.targets), "max": self.number(1, 2)}
            return {"if": self.condition(place), "goto": target}
        return {"if": self.condition(place), "return": self.value(place)}

    def _work(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        fields: dict[str, Value] = {"value": self.value(place)}
        if self.profile.failures and self.chance(15):
            fields["fail"] = self.number(1, 3)
        step: dict[str, Value] = {"work": fields}
        if self.profile.pools and self.chance(10):
            step["pool"] = "p"
        return step, [], "number"

    def _delay(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        return {"delay": self.one_of(["0s", "100ms", "1s", "2h"])}, [], "any"

    def _expired(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        """A block whose time is up before it ends, in whatever order things come: nothing else in it can fail."""
        waits: Steps = [{"delay": "20h"}]
        if self.chance(50):
            waits = [{"try": {"steps": waits, "finally": [{"work": {"value": self.number(0, 9)}}]}}]
        if self.chance(50):
            waits.insert(0, {"work": {"value": self.value(place)}})
        return {"steps": waits, "timeout": self.one_of(["1h", "90m"])}, [], "any"

    def _call(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        return {"call": {"workflow": CALLED_FILE, "inputs": {"n": f"{{{{ {self.numeric(place)} }}}}"}}}, [], "any"

    def _set(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        if self.chance(50):
            return {"set": self.list_value(place)}, [], "list"
        return {"set": self.value(place)}, [], "any"

    def _group(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        steps, exports = self.steps(place.deeper())
        return {"steps": steps}, exports, "any"

    def _parallel(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        block: dict[str, Value] = {}
        count = self.number(1, 4)
        settle = self.profile.settles and self.chance(25)
        wait = self.wait(count) if self.profile.waits and self.chance(50) else None
        inside = replace(place.deeper().fenced(), numbers=(*place.numbers, "branch.index", "branch.count"))
        if wait is None and not settle:
            inside = replace(inside, returnable=place.returnable)
        merge = self.one_of([None, None, "list", "concat", "object", "{{ branches | length }}"])
        branches: list[Steps] = []
        exports: list[Known] = []
        for index in range(count):
            steps, seen = self.steps(inside)
            if merge == "concat":
                steps.append({"set": self.list_value(inside)})
            if merge == "object":
                twice = self.profile.failures and self.chance(5)
                steps.append({"set": {"k0" if twice else f"k{index}": self.number(0, 9)}})
            branches.append(steps)
            exports += [known if wait is None and not settle else replace(known, certain=False) for known in seen]
        if self.chance(40):
            block["max_concurrency"] = self.number(1, 3)
        named = self.chance(50)
        block["branches"] = {f"b{index}": steps for index, steps in enumerate(branches)} if named else branches
        self.set_given(block, wait=wait, merge=merge)
        self.settled(block, settle)
        listed = merge in ("list", "concat") or (merge is None and not named)
        return {"parallel": block}, exports, "list" if listed else "any"

    def wait(self, count: int) -> Value:
        return self.one_of(["any", self.number(1, count), "{{ done >= 2 or ok == total }}", "{{ ok >= 1 }}"])

    def settled(self, block: dict[str, Value], settle: bool) -> None:
        if settle:
            block["settle"] = True
            self.set_given(block, tolerate=self.one_of([None, 0, 1, "50%"]))

    def set_given(self, block: dict[str, Value], **values: Value) -> None:
        block.update({key: value for key, value in values.items() if value is not None})

    def _foreach(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        lists = [known for known in place.known if known.type == "list"]
        variable = self.one_of(["item", "v"])
        if lists and self.chance(50):
            items: Value = f"{{{{ {self.one_of(lists).id} | default([]) }}}}"
        else:
            items = list(range(self.number(0, 4)))
        settle = self.profile.settles and self.chance(25)
        inside = place.deeper(values=(*place.values, variable)).fenced().with_numbers("index", "branch.index")
        inside = replace(inside, breakable=self.profile.jumps, returnable=place.returnable and not settle)
        steps, _ = self.steps(inside)
        block: dict[str, Value] = {"items": items, "as": variable, "steps": steps}
        if self.chance(60):
            block["max_concurrency"] = self.number(1, 3)
        self.settled(block, settle)
        collected = not self.chance(10)
        self.set_given(block, collect=None if collected else "none")
        return {"foreach": block}, [], "list" if collected else "any"

    def _graph(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        inside = place.deeper().fenced()
        written: list[tuple[dict[str, Value], list[Known]]] = []
        for _ in range(self.number(1, 4)):
            needed = [entry for entry in written if self.chance(50)]
            seen = tuple(known for _, exports in needed for known in exports)
            step, exports = self.step(replace(inside, known=inside.known + seen))
            named = [other["id"] for other, _ in needed if "id" in other and self.chance(60)]
            if named:
                step["needs"] = named
            written.append((step, exports))
        order = self.shuffled(range(len(written)))
        graph: dict[str, Value] = {"steps": [written[position][0] for position in order]}
        if self.chance(40):
            graph["max_concurrency"] = self.number(1, 3)
        return {"graph": graph}, [known for _, exports in written for known in exports], "any"

    def _if(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        then, exports = self.steps(place.deeper())
        step: dict[str, Value] = {"if": self.condition(place), "then": then}
        if self.chance(50):
            step["else"], others = self.steps(place.deeper())
            exports += others
        return step, [replace(known, certain=False) for known in exports], "any"

    def _switch(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        switch: dict[str, Value] = {}
        by_value = self.chance(50)
        if by_value:
            switch["value"] = f"{{{{ ({self.numeric(place)}) % 3 }}}}"
        exports: list[Known] = []
        cases = []
        for _ in range(self.number(1, 2)):
            when: Value = self.one_of([0, 1, [1, 2]]) if by_value else self.condition(place)
            steps, seen = self.steps(place.deeper())
            cases.append({"when": when, "steps": steps})
            exports += seen
        switch["cases"] = cases
        if self.chance(50):
            switch["default"], seen = self.steps(place.deeper())
            exports += seen
        return {"switch": switch}, [replace(known, certain=False) for known in exports], "any"

    def _loop(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        inside = replace(place.deeper().with_numbers("iteration"), breakable=self.profile.jumps)
        steps, exports = self.steps(inside)
        maybe = [replace(known, certain=False) for known in exports]
        if maybe and self.chance(40):
            # The iteration before this one is visible.
            steps.insert(0, {"work": {"value": f"{{{{ {self.one_of(maybe).reference} }}}}"}})
        loop: dict[str, Value] = {"max": self.number(1, 3)}
        if self.chance(30):
            loop["while"] = f"iteration < {self.number(0, 2)}"
        if self.chance(30):
            loop["until"] = self.condition(replace(inside, known=inside.known + tuple(maybe)))
        return {"loop": {**loop, "steps": steps}}, maybe, "any"

    def _try(self, place: Place) -> tuple[Mapping[str, Value], list[Known], str]:
        steps, exports = self.steps(place.deeper())
        maybe = [replace(known, certain=False) for known in exports]
        # Handlers and `finally` see what the body's steps gave, not each other's.
        after = place.deeper(known=place.known + tuple(maybe))
        block: dict[str, Value] = {"steps": steps}
        handlers = []
        choosy = [("error.type == 'work'",), ("error.type == 'branch'", None)] if self.profile.waits else []
        for when in self.one_of([(), (None,), *choosy]):
            handler, seen = self.steps(after)
            handlers.append({"steps": handler, **({"when": when} if when else {})})
            maybe += [replace(known, certain=False) for known in seen]
        if handlers:
            block["catch"] = handlers
        if not handlers or self.chance(30):
            block["finally"], _ = self.steps(after.fenced())
        return {"try": block}, maybe, "any"
