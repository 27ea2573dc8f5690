# Everything runs in .venv, made from the locked requirements; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types contracts check lock docs clean

demo: .venv/ready  ## Run the census of the standard library and say where its report lies.
	$(BIN)/braid run examples/stdlib_census.braid.yaml
	@echo "The report: examples/out/report.md"

test: .venv/ready  ## All tests.
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --ignore tests/guards
	$(BIN)/python -m pytest --numprocesses auto tests/guards  # counts are right only in processes without other tests

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

contracts: .venv/ready  ## Who may import whom.
	$(BIN)/lint-imports

check: test lint types contracts

docs: .venv/ready  ## Rewrite the generated pages of docs/reference.
	$(BIN)/python -m braid.cli.reference

lock:  ## Pin what pyproject.toml admits today; needs uv.
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-emit-index-url \
		--no-annotate --output-file requirements.lock

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv/ready

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

SECONDS ?= 60
.PHONY: soak
soak: .venv/ready  ## New simulated workflows, seeds and crashes for SECONDS; what fails is printed.
	$(BIN)/python -m braid.testing.simulation_soak $(SECONDS)

INPUTS ?= 200000
SEED ?= 1
.PHONY: fuzz
fuzz: .venv/ready  ## INPUTS strange files and expressions; goes on where it was stopped. SEED=2 tries others.
	$(BIN)/python tests/fuzz/fuzz.py --inputs $(INPUTS) --seed $(SEED)

.PHONY: bench
bench: .venv/ready  ## What Braid costs beside its floors; ten minutes. BENCH="--only W1 W2", BENCH=--write for RESULTS.md.
	$(BIN)/python benchmarks/bench.py $(BENCH)

.PHONY: bench-peers
bench-peers: .venv/ready  ## The same on other engines, each in its own environment under .peers; a quarter of an hour.
	$(BIN)/python benchmarks/bench_peers.py $(BENCH)

.PHONY: bench-traces
bench-traces: .venv/ready  ## What generates traces for `make bench` where ../shared/workloads is absent.
	$(BIN)/python benchmarks/bench_peers.py --traces
