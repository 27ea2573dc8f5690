"""The census is right: every number of its report, counted again from tokens by `token_census.py`."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import token_census
from token_census import Count

EXAMPLES = Path(__file__).parents[2] / "examples"
BRAID = Path(sys.executable).with_name("braid")
ROWS = 15

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder in which the real command ran the census, and the run's output."""
    folder = tmp_path_factory.mktemp("census") / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("out", "__pycache__", ".braid"))
    run = [str(BRAID), "run", "--quiet", "--json", str(folder / "stdlib_census.braid.yaml")]
    ended = subprocess.run(run, capture_output=True, text=True, cwd=folder.parent, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder / "out", json.loads(ended.stdout)["output"]


@pytest.fixture(scope="module")
def report(census: tuple[Path, dict[str, Any]]) -> str:
    return (census[0] / "report.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def counts() -> list[Count]:
    root = Path(sysconfig.get_path("stdlib")).resolve()
    paths = sorted(token_census.files(root))
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(partial(token_census.count, root), paths, chunksize=40))


def table(report: str, first_heading: str) -> Rows:
    """The rows of the table whose first column has this heading."""

    def lines() -> Iterator[list[str]]:
        text = report[report.index(f"| {first_heading} |") :]
        for line in text.splitlines():
            if not line.startswith("|"):
                return
            yield [cell.strip(" `*") for cell in line.strip("|").split("|")]

    heading, _, *rows = lines()
    return [dict(zip(heading, row, strict=True)) for row in rows]


def by_package(counts: list[Count]) -> dict[str, list[Count]]:
    packages = defaultdict(list)
    for found in counts:
        packages[found.package].append(found)
    return packages


def sizes(counts: list[Count]) -> dict[str, int]:
    return {
        "files": len(counts),
        "lines": sum(found.lines for found in counts),
        "code": sum(found.code for found in counts),
        "functions": sum(len(found.functions) for found in counts),
        "classes": sum(found.classes for found in counts),
        "decisions": sum(found.decisions for found in counts),
        "public": sum(found.public for found in counts),
        "documented": sum(found.documented for found in counts),
    }


def test_totals_are_those_of_an_independent_count(census: tuple[Path, dict[str, Any]], counts: list[Count]) -> None:
    edges = token_census.edges(counts, early=False)

    assert census[1] == {
        **sizes(counts),
        "packages": len(by_package(counts)),
        "imports": sum(len(targets) for targets in edges.values()),
        "cycles": len(token_census.groups(token_census.edges(counts, early=True))),
    }


def test_report_states_the_totals(report: str, counts: list[Count]) -> None:
    total = sizes(counts)
    numbers = [int(number) for number in re.findall(r"\b\d+\b", report.split("!", maxsplit=1)[0])]

    assert report.startswith(f"# Census of the standard library of Python {platform.python_version()}\n")
    assert numbers[-4:] == [total["lines"], total["files"], len(by_package(counts)), total["code"]]
    assert f"{total['documented']} of {total['public']} public modules, classes and functions" in report


def test_largest_packages_and_their_sizes_are_right(report: str, counts: list[Count]) -> None:
    *rows, sum_row = table(report, "package")
    packages = {name: sizes(found) for name, found in by_package(counts).items()}
    largest = sorted(packages, key=lambda name: (-packages[name]["lines"], name))[:ROWS]

    assert [row["package"] for row in rows] == largest
    for row, size in zip([*rows, sum_row], [*map(packages.__getitem__, largest), sizes(counts)], strict=True):
        for column in ("files", "lines", "code", "functions", "classes"):
            assert int(row[column]) == size[column], (row["package"], column)
        if size["functions"]:
            assert float(row["decisions per function"]) == pytest.approx(
                size["decisions"] / size["functions"], abs=0.051
            )


def test_functions_with_the_most_decisions_are_right(report: str, counts: list[Count]) -> None:
    worst = [max(found.functions, key=lambda made: (made.complexity, -made.line), default=None) for found in counts]
    pairs = [(found.module, made) for found, made in zip(counts, worst, strict=True) if made is not None]
    pairs.sort(key=lambda pair: (-pair[1].complexity, pair[0]))

    assert [tuple(row.values()) for row in table(report, "function")] == [
        (made.name, module, str(made.line), str(made.complexity)) for module, made in pairs[:ROWS]
    ]


def test_most_imported_and_most_importing_modules_are_right(report: str, counts: list[Count]) -> None:
    rows = table(report, "most imported")
    edges = token_census.edges(counts, early=False)
    wanted = Counter(target for targets in edges.values() for target in targets)
    in_python = {found.module for found in counts}

    def ranked(numbers: dict[str, int]) -> list[tuple[str, str]]:
        best = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))[:ROWS]
        return [(name, str(number)) for name, number in best]

    imported = [(name if name in in_python else f"{name} (C)", number) for name, number in ranked(wanted)]
    assert [(row["most imported"], row["by modules"]) for row in rows] == imported
    importing = ranked({name: len(targets) for name, targets in edges.items()})
    assert [(row["most importing"], row["modules"]) for row in rows] == importing


def test_groups_of_modules_that_need_one_another_are_right(report: str, counts: list[Count]) -> None:
    listed = report[report.index("Groups of modules") : report.index("## Documentation")]
    groups = {frozenset(line.removeprefix("- ").split(", ")) for line in listed.splitlines() if line.startswith("- ")}

    assert groups == token_census.groups(token_census.edges(counts, early=True))
    assert groups  # the library has some: an empty list would mean that nothing was looked for


def test_missing_documentation_is_right(report: str, counts: list[Count]) -> None:
    packages = {name: sizes(found) for name, found in by_package(counts).items()}
    rows = [
        (name, size["public"], size["documented"], size["public"] - size["documented"])
        for name, size in packages.items()
    ]
    rows.sort(key=lambda row: (-row[3], row[0]))

    assert [tuple(row.values()) for row in table(report, "where most are missing")] == [
        tuple(map(str, row)) for row in rows[:ROWS]
    ]


def test_chart_has_a_bar_as_long_as_each_number(census: tuple[Path, dict[str, Any]], report: str) -> None:
    svg = ET.parse(census[0] / "chart.svg").getroot()
    name = "{http://www.w3.org/2000/svg}"
    bars = [bar for bar in svg.iter(f"{name}rect") if bar.get("height") == "16"]
    rows = table(report, "package")[:-1]
    labels = [text.text for text in svg.iter(f"{name}text")]

    assert len(bars) == 2 * len(rows)
    scale = float(bars[0].get("width", "")) / int(rows[0]["lines"])
    for row, all_lines, code in zip(rows, bars[::2], bars[1::2], strict=True):
        assert row["package"] in labels
        assert float(all_lines.get("width", "")) == pytest.approx(int(row["lines"]) * scale, abs=0.2)
        assert float(code.get("width", "")) == pytest.approx(int(row["code"]) * scale, abs=0.2)


def test_census_counts_another_folder(tmp_path: Path) -> None:
    source = tmp_path / "project"
    (source / "shop").mkdir(parents=True)
    (source / "shop" / "__init__.py").write_text('"""A shop."""\nfrom . import till\n')
    (source / "shop" / "till.py").write_text(
        "import json\nimport shop\n\n# adds up\ndef total(prices):\n    return sum(p for p in prices if p and p > 0)\n"
    )
    (source / "tests").mkdir()
    (source / "tests" / "test_till.py").write_text("assert True\n")
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("out", "__pycache__", ".braid"))

    run = [str(BRAID), "run", "-q", str(folder / "stdlib_census.braid.yaml"), "-i", f"source={source}"]
    ended = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "files": 2,
        "packages": 1,
        "lines": 8,
        "code": 6,
        "functions": 1,
        "classes": 0,
        "decisions": 3,
        "imports": 3,
        "cycles": 1,
        "public": 3,
        "documented": 1,
    }
    assert (folder / "out" / "report.md").read_text().startswith("# Census of project\n")
