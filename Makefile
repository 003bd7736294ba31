# Makes the report and its surroundings. `make` alone prints the targets.

PYTHON ?= python3
# a parameter file, and further arguments such as: -p num_epochs 3
PARAMETERS ?=
ARGS ?=
# notebooks whose stored outputs nbval compares with fresh ones
CHECKED ?=

BIN := .venv/bin
READY := .venv/.ready
SOURCES := notebooks tests .setup.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test lab benchmark lock lint format clean

help: ## print the targets
	@echo 'make TARGET [PARAMETERS=FILE] [ARGS="-p NAME VALUE …"]'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) \
	    | awk -F '|' '{ printf "%-12s %s\n", $$1, $$2 }'

report: $(READY) ## make the report: PDF, HTML, executed notebook, results
	@$(BIN)/python -m mnist_report report \
	    $(if $(PARAMETERS),--parameters '$(PARAMETERS)') $(ARGS)

test: $(READY) ## run all tests
	$(BIN)/pytest tests $(ARGS)
	$(if $(CHECKED),$(BIN)/pytest --nbval $(CHECKED))

lab: $(READY) ## open JupyterLab on the notebook
	$(BIN)/jupyter lab notebooks/report.ipynb $(ARGS)

benchmark: $(READY) ## compare the training's speed with the first draft's
	$(BIN)/python -m mnist_report benchmark $(ARGS)

lock: $(READY) ## renew the lock from requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes \
	    --python-version 3.11 --custom-compile-command 'make lock' \
	    --output-file .requirements.lock requirements.txt $(ARGS)

lint: $(READY) ## look for faults in the code's form
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

format: $(READY) ## put the code into its form
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

clean: ## remove what was made, but for the data and .venv
	rm -rf build .pytest_cache .ruff_cache
	find notebooks tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): .requirements.lock .setup.py
	@$(PYTHON) .setup.py
