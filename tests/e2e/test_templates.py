"""What `braid new` writes is right, tidy and runs, without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from braid.cli.new import FOLDER, PLACEHOLDER, SUFFIX, TEMPLATES
from braid.language.document import read_document
from braid.language.formatting import format_text

BRAID = [sys.executable, "-m", "braid"]


def braid(folder: Path, *arguments: str, exit_code: int = 0) -> str:
    ran = subprocess.run(
        [*BRAID, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == exit_code, ran.stdout + ran.stderr
    return ran.stdout


def run(folder: Path, name: str, *arguments: str) -> Any:  # Any: the output of a run
    return json.loads(braid(folder, "run", f"{name}{SUFFIX}", "--json", *arguments))["output"]


def test_every_file_is_listed_and_every_listed_one_is_there() -> None:
    assert {path.name.removesuffix(SUFFIX) for path in FOLDER.iterdir()} == set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", [None, "2024", "no", "a-rather-long-name_for_1_workflow"])
def test_what_is_written_is_right_and_tidy(template: str, name: str | None, tmp_path: Path) -> None:
    written = braid(tmp_path, "new", *([name] if name else []), "--template", template).strip()

    text = (tmp_path / written).read_text(encoding="utf-8")
    title = name or template
    assert written == f"{title}{SUFFIX}"
    assert PLACEHOLDER not in text
    assert read_document(text, written).root.to_value()["name"] == title
    assert format_text(text, written) == text
    assert braid(tmp_path, "check", "--strict", written).startswith("no problems")


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_says_how_it_is_run_and_what_it_is(template: str) -> None:
    text = (FOLDER / f"{template}{SUFFIX}").read_text(encoding="utf-8")

    assert text.startswith("# ")
    assert f"braid run {PLACEHOLDER}{SUFFIX}" in text
    assert "\ndescription: " in text


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    braid(tmp_path, "new", "--template", request.param)
    return tmp_path


@pytest.mark.parametrize("folder", ["hello"], indirect=True)
def test_hello(folder: Path) -> None:
    assert run(folder, "hello", "-i", 'people=["Ada", "Bo b"]') == ["Hello, Ada!", "Hello, Bo b!"]
    assert (folder / "hello.md").read_text().splitlines() == ["- Hello, Ada!", "- Hello, Bo b!"]


@pytest.mark.parametrize("folder", ["api"], indirect=True)
def test_api(folder: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/users/ada").respond_with_json({"login": "ada", "public_repos": 3})
    httpserver.expect_oneshot_request("/users/bob").respond_with_data("busy", status=503)
    httpserver.expect_request("/users/bob").respond_with_json({"login": "bob", "public_repos": 7})
    httpserver.expect_request("/users/nobody").respond_with_data("", status=404)
    address = httpserver.url_for("/").rstrip("/")

    output = run(folder, "api", "-i", f"api={address}", "-i", 'users=["ada", "bob", "nobody"]')

    assert [each["login"] for each in output["found"]] == ["bob", "ada"]
    assert output["missing"] == 1
    assert (folder / "api.csv").read_text().splitlines()[0] == "login,repositories"


@pytest.mark.parametrize("folder", ["api"], indirect=True)
def test_api_that_gives_nothing_fails_with_its_reason(folder: Path, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/users/a").respond_with_data("", status=404)
    address = httpserver.url_for("/").rstrip("/")

    braid(folder, "run", "api.braid.yaml", "-i", f"api={address}", "-i", 'users=["a"]', exit_code=1)


@pytest.mark.parametrize("folder", ["batch"], indirect=True)
def test_batch(folder: Path) -> None:
    assert run(folder, "batch", "-i", "numbers=[7, 12, 13, 1]") == {"primes": [7, 13], "failed": []}


@pytest.mark.parametrize("folder", ["etl"], indirect=True)
def test_etl(folder: Path) -> None:
    output = run(folder, "etl")

    assert [(each["customer"], each["total"]) for each in output["totals"]] == [("Ada", 120.0), ("Grace", 5.0)]
    assert output["left_out"] == 1
    assert (folder / "etl" / "totals.csv").read_text().splitlines()[1] == "Ada,2,120.0"


@pytest.mark.parametrize("folder", ["graph"], indirect=True)
def test_graph(folder: Path) -> None:
    assert run(folder, "graph") == "9 words, the longest is quick.\nLetters: 35"


@pytest.mark.parametrize("folder", ["release"], indirect=True)
def test_release(folder: Path) -> None:
    output = run(folder, "release", "-i", "version=1.2.0", "-i", "publish=true")

    assert output["package"] == "dist/package-1.2.0.txt"
    assert output["published"] is True
    assert (folder / output["package"]).read_text() == "package of version 1.2.0\n"
    assert run(folder, "release")["published"] is False
    braid(folder, "run", "release.braid.yaml", "-i", "version=one", exit_code=2)


@pytest.mark.parametrize("folder", ["report"], indirect=True)
def test_report(folder: Path) -> None:
    written = (folder / run(folder, "report")).read_text().splitlines()

    assert written[0].startswith("# Report of ")
    assert [line.partition(":")[0] for line in written[2:]] == ["- disk", "- machine"]
    assert "FAILED" not in written
