# Makes the report and its surroundings. `make` alone prints the targets.

PYTHON ?= python3
# a parameter file, and further arguments such as: -p num_epochs 3
PARAMETERS ?=
ARGS ?=
# a sweep file, where its runs go (local, slurm, a folder), finished runs
SWEEP ?= notebooks/sweeps/quick.yaml
PROFILE ?= local
RUNS ?=
# a finished run, a PDF to check alone, how many seeds give the tolerances
RUN ?= build/report
REPORT ?=
SEEDS ?= 0
ENGINES := notebooks/mnist_report/sweep/engines
# a short run; nbval compares its stored outputs with fresh ones
SHORT := -p dataset digits -p num_epochs 2 -p num_seeds 2

BIN := .venv/bin
READY := .venv/.ready
SOURCES := notebooks tests .setup.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup report export sweep-plan sweep compare verify reference test
.PHONY: test-notebook test-browser test-slurm lab benchmark benchmark-sweeps notebooks lock lint format clean

help: ## print the targets
	@echo 'make TARGET [PARAMETERS=FILE] [ARGS="-p NAME VALUE …"]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) \
	    | awk -F '|' '{ printf "%-16s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv from the lock (every target does)

report: $(READY) ## make the report: PDF, HTML, executed notebook, results
	@$(BIN)/python -m mnist_report report \
	    $(if $(PARAMETERS),--parameters '$(PARAMETERS)') $(ARGS)

export: $(READY) ## write a run's model with its card (ARGS=FOLDER)
	@$(BIN)/python -m mnist_report export $(ARGS)

sweep-plan: $(READY) ## check a sweep and print what it takes (SWEEP=FILE)
	@$(BIN)/python -m mnist_report sweep-plan '$(SWEEP)' $(ARGS)

sweep: $(READY) ## make a sweep's runs and compare them (SWEEP=FILE PROFILE=…)
	@$(BIN)/python -m mnist_report sweep '$(SWEEP)' \
	    --profile '$(PROFILE)' $(ARGS)

compare: $(READY) ## compare finished runs (RUNS="FOLDER FOLDER …")
	$(if $(RUNS)$(ARGS),,$(error Name them: make compare RUNS="FOLDER FOLDER"))
	@$(BIN)/python -m mnist_report compare $(RUNS) $(ARGS)

verify: $(READY) ## check a run against its reference (RUN=…, REPORT=PDF)
	@$(BIN)/python -m mnist_report verify '$(or $(REPORT),$(RUN))'

reference: $(READY) ## make a run its configuration's reference (RUN=… SEEDS=N)
	@$(BIN)/python -m mnist_report reference '$(RUN)' --seeds $(SEEDS) $(ARGS)

test: $(READY) ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/pytest --quiet --numprocesses logical \
	    --maxprocesses 4 --dist loadfile --nbval --nbval-current-env tests $(ARGS)

test-notebook: $(READY) ## run nbval over the committed report (needs MNIST)
	PYTHONPATH=tests $(BIN)/pytest --quiet -rs -p conftest --nbval \
	    --nbval-current-env notebooks/report.ipynb $(ARGS)

test-browser: $(READY) ## run the tests in a real browser
	@tests/browser.sh $(ARGS)

test-slurm: $(READY) ## run the quick sweep on a SLURM cluster of its own (root)
	@tests/slurm.sh $(ARGS)

lab: $(READY) ## open JupyterLab on the notebook
	$(BIN)/jupyter lab notebooks/report.ipynb $(ARGS)

benchmark: $(READY) ## compare the training's speed with the first draft's
	$(BIN)/python tests/benchmark.py $(ARGS)

benchmark-sweeps: $(READY) ## compare the quick sweep with its runs in turn
	@$(BIN)/python tests/benchmark_sweeps.py $(ARGS)

notebooks: $(READY) ## renew the committed notebooks and their references
	$(BIN)/python -m mnist_report report --output build/report
	$(BIN)/python -m mnist_report reference build/report
	cp build/report/report.ipynb notebooks/report.ipynb
	$(BIN)/python -m mnist_report report $(SHORT) --output build/short
	$(BIN)/python -m mnist_report reference build/short
	$(BIN)/python tests/undrawn.py build/short/report.ipynb tests/short.ipynb
	$(BIN)/python -m mnist_report sweep notebooks/sweeps/quick.yaml
	$(BIN)/python tests/as_master.py build/sweeps/quick/comparison/report.ipynb \
	    notebooks/comparison.ipynb

LOCKED := $(BIN)/uv pip compile --quiet --universal --generate-hashes \
    --python-version 3.11 --custom-compile-command 'make lock'

lock: $(READY) ## renew the locks
	$(LOCKED) --output-file .requirements.lock requirements.txt $(ARGS)
	$(LOCKED) -o $(ENGINES)/local.lock $(ENGINES)/local.txt $(ARGS)
	$(LOCKED) -o $(ENGINES)/slurm.lock $(ENGINES)/slurm.txt $(ARGS)
	$(LOCKED) -o tests/browser.lock tests/browser.txt $(ARGS)

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
