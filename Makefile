PYTHON ?= python3
PORT ?= 8080
OPTIONS ?=
YES ?=
COMMAND := .venv/bin/atomic-counter
IN_VENV := .venv/bin/python
SPELLED := *.md *.py Makefile atomic_counter bench docs examples openapi.yaml pictures scripts tests

# uv leaves compilation to the first import. With this variable, every start would compile again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve table test audit live bench pictures lint clean serving install

help: ## Print the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

serve: serving ## Serve the counter on this machine. PORT=9000, OPTIONS='-c name=value'
	@$(COMMAND) serve --port $(PORT) $(OPTIONS)

table: serving ## Show the served table in a browser.
	@$(COMMAND) table

test: install ## Run every test.
	@$(IN_VENV) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

audit: install ## Check that no number is issued twice.
	@$(COMMAND) audit --serve --plot audit.png

live: install ## Prove the counter in your AWS account. YES=1, OPTIONS='-c name=value'
	@$(COMMAND) live $(if $(YES),--yes) $(OPTIONS)

bench: install ## Measure throughput and latency.
	@$(IN_VENV) -m bench

pictures: install ## Make the README's pictures from real runs.
	@$(IN_VENV) -m pictures

lint: install ## Check style, types and spelling.
	@$(IN_VENV) -m ruff check
	@$(IN_VENV) -m ruff format --check
	@$(IN_VENV) -m mypy
	@.venv/bin/codespell $(SPELLED)

clean: ## Remove what was installed and synthesized, but not the counts.
	rm -rf .venv node_modules cdk.out .local/cdk.out .local/cache

serving:
	@$(PYTHON) scripts/install.py local

install: ## Install everything. PYTHON=python3.13
	@$(PYTHON) scripts/install.py dev
