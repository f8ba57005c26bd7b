# The two commands of the README are `make demo` and `make test`; CI calls the same ones.
# All paths are relative, so that the folder may have a space in its name.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
INSTALLED := .venv/.installed

.PHONY: setup demo test test-all cases mutants benchmark reference lint format lock clean

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxmart needs Python 3.11 or newer; set PYTHON=…")'
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@mkdir -p warehouse
	@touch $@

demo: setup  ## generate, land, build, publish and show the sample brand
	.venv/bin/cxmart demo

test: setup  ## everything that must hold
	.venv/bin/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile --durations 15

test-all: test  ## the longer searches too
	.venv/bin/python -m pytest -m slow --numprocesses 2 --dist loadgroup

cases: export PYTHONPATH = tests/python
cases: setup  ## inputs from real trouble, with what is expected and found (they lie beside the project)
	.venv/bin/python -m real_trouble

mutants: export PYTHONPATH = tests:tests/python
mutants: setup  ## break the models one change at a time, and see that tests tell (ARGS: see docs/mutants.md)
	.venv/bin/python -m mutation.run $(ARGS)

benchmark: export PYTHONPATH = tests
benchmark: setup  ## landing beside DuckDB's plain `create table as` (ARGS: --rows, --repeats)
	.venv/bin/python -m benchmark $(ARGS)

reference: export PYTHONPATH = tests/python
reference: setup  ## docs/commands.md, from what --help says
	.venv/bin/python -m command_reference

# Linters look at every shipped source, and write to a manifest of their own.
lint: export CXMART_SOURCES = standard,online_retail,uci_incidents
lint: setup
	.venv/bin/ruff check scripts tests/python tests/mutation
	.venv/bin/ruff format --check scripts tests/python tests/mutation
	.venv/bin/mypy
	PYTHONPATH=scripts .venv/bin/lint-imports --no-logo --cache-dir .venv/.cache/import_linter
	.venv/bin/dbt parse --quiet
	.venv/bin/dbt-bouncer run --config-file dbt-bouncer.yml
	.venv/bin/sqlfluff lint --disable-progress-bar models tests/singular

format: setup
	.venv/bin/ruff format scripts tests/python tests/mutation
	.venv/bin/ruff check --fix scripts tests/python tests/mutation
	.venv/bin/sqlfluff fix models tests/singular

lock:  ## resolve pyproject.toml anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-strip-extras --no-header \
		--python-version 3.11 --extra dev --extra postgres pyproject.toml -o requirements.lock

clean:  ## delete what is produced; raw.duckdb too
	rm -rf target warehouse
