# Every target makes its own virtual environment the first time and reuses it after that.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The oldest supported libraries, in an environment of their own.
OLDEST := .venv-oldest
STUDY := data/synthetic/study.toml

.DEFAULT_GOAL := help
.PHONY: help install report verify verify-oldest test test-slow test-oldest test-latex test-browser golden check lint types format data examples reference bench coverage coverage-study missing large twin lock build docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make the virtual environment with pinned dependencies

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# A small set beside the others, for the targets that need it.
$(VENV)/.installed-%: requirements-%.lock $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

$(OLDEST)/.installed: requirements-oldest.lock pyproject.toml
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-oldest.lock
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

report: $(STAMP) ## analyse the synthetic study and write reports/
	$(BIN)/mediation report $(STUDY) --out reports

verify: $(STAMP) ## do the numbers in reports/ come out again?
	$(BIN)/mediation verify reports --study $(STUDY)

verify-oldest: $(OLDEST)/.installed ## the same with the oldest supported libraries
	$(OLDEST)/bin/mediation verify reports --study $(STUDY)

test: $(STAMP) ## the tests (a few minutes at most; no R, no browser, no network)
	$(BIN)/pytest -q --numprocesses auto --dist loadfile

test-slow: $(STAMP) ## the simulations: coverage over 200 studies and the like
	$(BIN)/pytest -q -m slow

test-oldest: $(OLDEST)/.installed ## the tests with the oldest supported libraries
	$(OLDEST)/bin/pytest -q

test-latex: $(STAMP) ## LaTeX tables compiled (needs texlive-latex-recommended and texlive-xetex)
	@command -v pdflatex >/dev/null || { echo "LaTeX is needed: apt-get install texlive-latex-recommended texlive-xetex lmodern"; exit 1; }
	$(BIN)/pytest -q -m latex tests/reporting/test_latex.py

test-browser: $(VENV)/.installed-browser ## the report in Chromium: accessibility, print, screenshots
	$(BIN)/pytest -q -m browser tests/browser

golden: $(VENV)/.installed-browser ## renew the screenshots that test-browser compares with
	RENEW_GOLDEN=1 $(BIN)/pytest -q -m browser tests/browser/test_screenshots.py

lint: $(STAMP) ## ruff format, ruff lint, codespell
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

check: lint types test ## everything that decides whether a change lands

format: $(STAMP) ## rewrite the sources in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

data: $(STAMP) ## rewrite data/synthetic and data/synthetic_null, byte for byte
	$(BIN)/mediation simulate --out data/synthetic
	$(BIN)/mediation simulate --out data/synthetic_null --null

examples: $(STAMP) ## analyse two published data sets
	$(BIN)/mediation report examples/hsb82/study.toml --out examples/hsb82/reports
	$(BIN)/mediation report examples/student/study.toml --out examples/student/reports

reference: $(STAMP) ## rebuild the reference numbers of tests/reference (needs R)
	@command -v Rscript >/dev/null || { echo "R is needed: apt-get install r-base-core r-cran-lme4 r-cran-lmertest r-cran-pbkrtest r-cran-clubsandwich r-cran-lavaan r-cran-semtools r-cran-psych r-cran-psychtools r-cran-mice r-cran-mitml r-cran-survival"; exit 1; }
	@for script in tests/reference/*/fit.R; do echo "$$script"; (cd $$(dirname $$script) && Rscript --vanilla fit.R) || exit 1; done
	@$(BIN)/python -c "import sensemakr" 2>/dev/null || { echo "PySensemakr is needed for the rest: $(BIN)/pip install PySensemakr"; exit 1; }
	@for script in tests/reference/*/fit.py; do echo "$$script"; (cd $$(dirname $$script) && $(CURDIR)/$(BIN)/python fit.py) || exit 1; done

bench: $(STAMP) ## time the package against its peers, as ratios in one run
	@test -e $(VENV)/.peers -a ! $(STAMP) -nt $(VENV)/.peers || { \
		grep -oE '^[A-Za-z0-9][A-Za-z0-9._-]*==[^ ;]+' requirements.lock > $(VENV)/constraints.txt && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation \
			--constraint $(VENV)/constraints.txt -e '.[peers]' && touch $(VENV)/.peers; } || \
		echo "The peers in Python could not be installed: the table leaves them out."
	$(BIN)/python -m benchmarks.bench

coverage: $(STAMP) ## every engine and interval over the published grid: docs/coverage/ (20 minutes)
	$(BIN)/mediation coverage docs/coverage/published.toml --out docs/coverage --jobs 2

coverage-study: $(STAMP) ## the shipped study 1,000 times in four worlds: docs/coverage/study.md, ceiling.md (20 minutes)
	$(BIN)/python -m benchmarks.ceiling
	$(BIN)/python -m benchmarks.coverage

missing: $(STAMP) ## three ways with missing values where the truth is known: docs/missing.md (10 minutes)
	$(BIN)/python -m benchmarks.missing_recovery

large: $(STAMP) ## a study of a million interviews read, scored and linked: seconds and memory
	$(BIN)/python -m benchmarks.large_study

twin: $(STAMP) ## a synthetic twin of the synthetic study, into build/twin
	$(BIN)/mediation twin $(STUDY) --out build/twin --seed 1

COMPILE := uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-config

lock: ## renew requirements*.lock (needs uv)
	$(COMPILE) --extra examples --extra distributed --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --resolution lowest-direct --group test pyproject.toml -o requirements-oldest.lock
	$(COMPILE) --constraint requirements.lock --group pyproject.toml:browser -o requirements-browser.lock
	$(COMPILE) --constraint requirements.lock --group pyproject.toml:docs -o requirements-docs.lock

build: $(STAMP) ## wheel and sdist into dist/
	$(BIN)/python -m build --no-isolation

docs: $(VENV)/.installed-docs ## the site of the documentation, into build/site; its links are checked
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python docs/site/check_links.py build/site

clean: ## remove the virtual environment and everything built
	rm -rf $(VENV) $(OLDEST) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
