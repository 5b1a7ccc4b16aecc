PORT ?= 8080
OPTIONS ?=
YES ?=
VENV := .venv
PYTHON := $(VENV)/bin/python
UV := $(VENV)/bin/uv
REQUIREMENTS := setup.py pyproject.toml constraints.txt requirements.txt requirements-dev.txt

# uv leaves compiling to the first import; where this is set, every start would compile anew.
unexport PYTHONDONTWRITEBYTECODE

# Says what it does, does it, and says how long it took.
step = @printf '%s ... ' '$(1)'; started=$$(date +%s); $(2) && echo "$$(($$(date +%s) - started)) s"

.PHONY: serve table test audit live bench pictures lint clean

serve: $(VENV)/.serving ## count on this machine
	@$(PYTHON) -m atomic_counter.local --port $(PORT) $(OPTIONS)

table: $(VENV)/.serving ## look at the table of what is served
	@$(PYTHON) -m atomic_counter.local.table

test: $(VENV)/.installed ## run every test
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile

audit: $(VENV)/.installed ## is any number repeated, how fast is it?
	@$(PYTHON) -m atomic_counter.audit --serve --plot audit.png

live: $(VENV)/.installed ## prove it in your AWS account
	@$(PYTHON) -m atomic_counter.live $(if $(YES),--yes) $(OPTIONS)

bench: $(VENV)/.installed ## how fast is it?
	@$(PYTHON) -m bench

pictures: $(VENV)/.installed ## the README's pictures, from real runs
	@$(PYTHON) -m pictures

lint: $(VENV)/.installed ## check style and types
	@$(PYTHON) -m ruff check
	@$(PYTHON) -m ruff format --check
	@$(PYTHON) -m mypy

clean: ## remove what was installed and synthesized, not what was counted
	rm -rf $(VENV) node_modules cdk.out .local/cdk.out

$(UV): constraints.txt
	$(call step,Making the virtual environment $(VENV),python3 -m venv $(VENV))
	$(call step,Installing uv,$(PYTHON) -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt uv)
	@touch $@

$(VENV)/.serving: $(UV) $(REQUIREMENTS)
	$(call step,Installing what serving needs,$(UV) pip install --quiet --python $(VENV) -c constraints.txt -e '.[local]')
	@touch $@

$(VENV)/.installed: $(UV) $(REQUIREMENTS)
	$(call step,Installing what tests and checks need,$(UV) pip install --quiet --python $(VENV) -r requirements-dev.txt)
	@touch $@ $(VENV)/.serving
