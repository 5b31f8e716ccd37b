# The verbs of this repository; `make` alone lists them. Everything is installed into .venv (vLLM into .venv-vllm),
# nothing outside it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PROBLEM ?= examples/bakery.txt
ARGS ?=
PY := .venv/bin/python
export PYTHON

# A stamp says that its set of extras is installed as pyproject.toml asks; make compares the times.
SOLVE := .venv/.installed-solve
DEV := .venv/.installed-dev

##@ Use
.PHONY: solve
solve: $(SOLVE) ## Solve a problem in words: make solve PROBLEM=my-problem.txt
	@echo "==> Solving $(PROBLEM); without an endpoint in OPENAI_BASE_URL the embedded LLM is used"
	@echo "    (its weights, 1.1 GB, are fetched once)"
	@.venv/bin/fivefold solve --yes "$(PROBLEM)" $(ARGS)

.PHONY: bench-smoke
bench-smoke: $(SOLVE) ## Evaluate on the examples: Fivefold beside an LLM that writes the program itself (minutes)
	@mkdir -p build
	@.venv/bin/fivefold bench run examples/problems.jsonl --yes --pipelines direct,fivefold --out build/bench-smoke.sqlite $(ARGS)
	@.venv/bin/fivefold bench report build/bench-smoke.sqlite --out build/bench-smoke

##@ Work on it
.PHONY: install
install: $(DEV) ## Install everything for development into .venv

.PHONY: test
test: $(DEV) ## Run all tests that need no LLM; narrow with ARGS="tests/solvers -k sets"
	@echo "==> Running the tests (all but those with the real LLM)"
	@$(PY) -m pytest -m "not llm" $(ARGS)

.PHONY: test-llm
test-llm: $(DEV) ## Run the tests with the real embedded LLM (fetches 1.1 GB of weights once; minutes)
	@echo "==> Running the tests with the real embedded LLM; the first run fetches its weights (1.1 GB)"
	@$(PY) -m pytest -m llm --ignore=tests/vllm -o timeout=1200 -o faulthandler_timeout=1200 $(ARGS)

# Apart from .venv: vLLM brings its own torch and pins much that Fivefold does not.
VLLM ?= .venv-vllm
.PHONY: test-vllm
test-vllm: $(DEV) $(VLLM)/.installed ## Run the tests with vLLM's CPU build and a real small LLM (3.5 GB, once; minutes)
	@echo "==> Running the tests with vLLM; two starts of it take minutes"
	@FIVEFOLD_TEST_VLLM_PYTHON="$(abspath $(VLLM))/bin/python" FIVEFOLD_TEST_VLLM_DATA="$(abspath $(VLLM))/llm" \
	  $(PY) -m pytest -m llm tests/vllm -s -o timeout=0 -o faulthandler_timeout=0 --basetemp="$(abspath $(VLLM))/tmp" $(ARGS)

.PHONY: check
check: $(DEV) ## Lint, formatting, types (mypy and pyright, strict), import rules, size ceilings
	@echo "==> ruff check"
	@$(PY) -m ruff check .
	@echo "==> ruff format --check"
	@$(PY) -m ruff format --check .
	@echo "==> mypy"
	@$(PY) -m mypy
	@echo "==> pyright"
	@$(PY) -m pyright --pythonpath $(PY)
	@echo "==> import rules"
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo
	@echo "==> size ceilings and house rules"
	@$(PY) -m pytest -m "not slow" tests/test_architecture.py

.PHONY: cover
cover: $(DEV) ## Run the tests and say which lines and branches none of them reaches
	@echo "==> Running the tests with coverage; pages for reading go to htmlcov/"
	@$(PY) -m pytest -m "not llm" --cov --cov-report=term --cov-report=html $(ARGS)

.PHONY: format
format: $(DEV) ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: dist
dist: $(DEV) ## Build wheel and source distribution into dist/
	@echo "==> Building into dist/"
	@$(PY) -m build --no-isolation

.PHONY: clean
clean: ## Remove .venv and everything that the other verbs made in this folder
	rm -rf .venv .venv-vllm .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov dist build
	find agent solvers prompts benchmarks server tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## List the verbs
	@awk 'BEGIN { FS = ":.*## "; print "make VERB, where VERB is one of" } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(SOLVE): pyproject.toml .ci/venv
	@.ci/venv local,nlp
	@touch $@

$(DEV): pyproject.toml .ci/venv
	@.ci/venv local,nlp,ipopt,data,pdf,server,postgres,mcp,otel,dev
	@touch $(SOLVE) $@

$(VLLM)/.installed: tests/vllm/environment.sh
	@tests/vllm/environment.sh "$(VLLM)" "$(PY)"
	@touch $@
