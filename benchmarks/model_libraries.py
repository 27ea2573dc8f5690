"""What a model library costs before any work: import and 30 classes, in fresh interpreters, interleaved.

    python benchmarks/model_libraries.py

Needs pydantic beside Braid (`pip install pydantic`); it is no dependency. Figures of decision 0001.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

REPETITIONS = 9

BARE = "import asyncio"
MSGSPEC = """
import asyncio, typing, msgspec
for _ in range(30):
    class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        a: typing.Annotated[int, msgspec.Meta(ge=1)]
        b: str | None = None
        c: dict[str, int] = {}
        d: list[str] = []
        e: float | str | None = None
        f: bool = False
"""
PYDANTIC = """
import asyncio, pydantic
for _ in range(30):
    class Model(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="forbid", frozen=True)
        a: int = pydantic.Field(ge=1)
        b: str | None = None
        c: dict[str, int] = {}
        d: list[str] = []
        e: float | str | None = None
        f: bool = False
"""


def seconds(program: str) -> float:
    """Wall time of one fresh interpreter."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print medians above the bare interpreter, and the ratio."""
    programs = {"bare": BARE, "msgspec": MSGSPEC, "pydantic": PYDANTIC}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(REPETITIONS):
        for name, program in programs.items():
            times[name].append(seconds(program))
    medians = {name: statistics.median(values) for name, values in times.items()}
    msgspec_cost = medians["msgspec"] - medians["bare"]
    pydantic_cost = medians["pydantic"] - medians["bare"]
    print(f"bare interpreter with asyncio: {medians['bare'] * 1000:.0f} ms")
    print(f"msgspec: +{msgspec_cost * 1000:.0f} ms, pydantic: +{pydantic_cost * 1000:.0f} ms")
    print(f"pydantic / msgspec: {pydantic_cost / msgspec_cost:.1f}")


if __name__ == "__main__":
    main()
