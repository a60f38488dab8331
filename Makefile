# Everything a checkout needs. Python 3.11 or newer, pip and make are all that must be there.

PYTHON ?= python3
# The folder of real films, for benchmarks.
DATA ?= ../shared/data
# How long to fuzz: half a minute of each target takes 90.
SECONDS ?= 3600
INSTALL = $(1)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-lowest check check-page docs bench fuzz clean

demo: .venv-demo/ready
	.venv-demo/bin/pneumoscope demo --out demo-output

test: .venv-dev/ready
	.venv-dev/bin/python -m pytest -m "not slow" -n 2 $(TEST_ARGS)

# The base with the lowest versions that pyproject.toml allows, in an environment of its own.
test-lowest:
	$(PYTHON) .ci/lowest_versions.py

check: .venv-dev/ready
	.venv-dev/bin/ruff check
	.venv-dev/bin/ruff format --check
	.venv-dev/bin/mypy
	.venv-dev/bin/lint-imports

# The page's scripts: their types and usual mistakes. Needs npm.
check-page:
	npm install --prefix .ci/page --no-package-lock --no-audit --no-fund --silent
	npm run check --prefix .ci/page --silent

docs: .venv-dev/ready
	.venv-dev/bin/python docs/generate.py

fuzz: .venv-dev/ready
	.venv-dev/bin/python fuzz/run.py --seconds $(SECONDS) $(FUZZ_ARGS)

bench: .venv-dev/ready
	.venv-dev/bin/python benchmarks/training_throughput.py $(DATA)/chest_xray/train
	.venv-dev/bin/python benchmarks/input_cost.py $(DATA)/formats $(DATA)/chest_xray
	.venv-dev/bin/python benchmarks/cold_start.py $(firstword $(wildcard $(DATA)/formats/*.jpeg))
	.venv-dev/bin/python benchmarks/isolation.py $(DATA)/formats

.venv-demo/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-demo
	$(call INSTALL,.venv-demo) -e .
	touch $@

.venv-dev/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-dev
	$(call INSTALL,.venv-dev) -e ".[tune,data,codecs,postgresql,dev]"
	touch $@

clean:
	rm -rf .venv-demo .venv-dev .venv-lowest demo-output runs build dist
