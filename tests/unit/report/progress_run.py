"""A run told to observers by hand: nodes that need no file, and a script of calls."""

from __future__ import annotations

from braid.language.plan import Body, ForeachNode, Node, TaskNode
from braid.language.task_kind import ActiveTask, TaskFields
from braid.language.values import Constant
from braid.machine.observer import Observer
from braid.machine.outcome import Failure, Status, StepRecord


class NoFields(TaskFields):
    pass


class Work(ActiveTask):
    name = "work"
    fields = NoFields
    summary = "Works."
    result = "Nothing."
    example = ""


def task(key: str) -> TaskNode:
    return TaskNode(key=key, kind="work", id=key, task=Work(), arguments=Constant({}))


def foreach(key: str, *steps: Node) -> ForeachNode:
    body = Body(steps=steps or (task("step"),), positions={})
    return ForeachNode(
        key=key, kind="foreach", id=key, items=Constant([]), variable="item", limit=Constant(1), body=body
    )


class Story:
    """Tells an observer what happens, in few words. Time goes on by `tick` seconds a call."""

    def __init__(self, observer: Observer, *, tick: float = 0.0) -> None:
        self.observer = observer
        self.time = 0.0
        self.tick = tick
        self._started: dict[str, tuple[float, Node]] = {}

    def start(self, address: str, node: Node | None = None) -> None:
        self.time += self.tick
        node = node or task(address.rpartition("/")[2])
        self._started[address] = (self.time, node)
        self.observer.step_started(address, node, self.time)

    def open(self, address: str, total: int, limit: int) -> None:
        node = foreach(address.rpartition("/")[2])
        self.start(address, node)
        self.observer.block_opened(address, node, total, limit)

    def retry(self, address: str, attempt: int, due: float, message: str = "no luck") -> None:
        _, node = self._started[address]
        self.observer.step_retrying(address, node, Failure("task", message), attempt, due)

    def end(
        self, address: str, status: Status = Status.SUCCEEDED, *, message: str = "no luck", reason: str = ""
    ) -> None:
        self.time += self.tick
        began, node = self._started.pop(address, (self.time, task(address.rpartition("/")[2])))
        error = Failure("task", message, step=node.key, address=address) if status is Status.FAILED else None
        record = StepRecord(None, status, error, 1, began, self.time - began, reason)
        self.observer.step_finished(address, node, record)
