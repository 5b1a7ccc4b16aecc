PORT ?= 8080
OPTIONS ?=
YES ?=
VENV := .venv
PYTHON := $(VENV)/bin/python
COMMAND := $(VENV)/bin/atomic-counter
UV := $(VENV)/bin/uv
SPELLED := *.md *.py Makefile atomic_counter bench docs openapi.yaml pictures tests
REQUIREMENTS := setup.py pyproject.toml constraints.txt requirements.txt requirements-dev.txt

# uv leaves compilation to the first import. With this variable, every start would compile again.
unexport PYTHONDONTWRITEBYTECODE

# Prints a step, runs it, and prints how long it took.
step = @printf '%s ... ' '$(1)'; started=$$(date +%s); $(2) && echo "$$(($$(date +%s) - started)) s"

.DEFAULT_GOAL := help
.PHONY: help serve table test audit live bench pictures lint clean

help: ## Print the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

serve: $(VENV)/.serving ## Serve the counter on this machine. PORT=9000, OPTIONS='-c name=value'
	@$(COMMAND) serve --port $(PORT) $(OPTIONS)

table: $(VENV)/.serving ## Show the served table in a browser.
	@$(COMMAND) table

test: $(VENV)/.installed ## Run every test.
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile

audit: $(VENV)/.installed ## Check that no number is issued twice.
	@$(COMMAND) audit --serve --plot audit.png

live: $(VENV)/.installed ## Prove the counter in your AWS account. YES=1, OPTIONS='-c name=value'
	@$(COMMAND) live $(if $(YES),--yes) $(OPTIONS)

bench: $(VENV)/.installed ## Measure throughput and latency.
	@$(PYTHON) -m bench

pictures: $(VENV)/.installed ## Make the README's pictures from real runs.
	@$(PYTHON) -m pictures

lint: $(VENV)/.installed ## Check style, types and spelling.
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy
	@$(VENV)/bin/codespell $(SPELLED)

clean: ## Remove what was installed and synthesized, but not the counts.
	rm -rf $(VENV) node_modules cdk.out .local/cdk.out

$(UV): constraints.txt
	$(call step,Creating the virtual environment $(VENV),python3 -m venv $(VENV))
	$(call step,Installing uv,$(PYTHON) -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt uv)
	@touch $@

$(VENV)/.serving: $(UV) $(REQUIREMENTS)
	$(call step,Installing the dependencies for serving,$(UV) pip install --quiet --python $(VENV) -c constraints.txt -e '.[local]')
	@touch $@

$(VENV)/.installed: $(UV) $(REQUIREMENTS)
	$(call step,Installing the dependencies for tests and checks,$(UV) pip install --quiet --python $(VENV) -r requirements-dev.txt)
	@touch $@ $(VENV)/.serving
