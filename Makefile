# make run: the site on port 8501.   make unit: the fast tests.   make test: every check and test.
.DEFAULT_GOAL := run
.PHONY: run unit test lint format clips docs lock figures screenshot

PORT ?= 8501
BIN := .venv/bin
SITE := .venv/.site-installed
DEV := .venv/.dev-installed
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

run: $(SITE)
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

unit: $(DEV)
	$(BIN)/pytest tests/unit -m "not slow and not browser and not webrtc" -n 2 --dist loadfile

test: lint
	@sh scripts/system.sh tests
	$(BIN)/pytest -m "not browser and not webrtc" -n 2 --dist loadfile
	$(BIN)/pytest -m "browser and not webrtc" -n 2 --dist loadfile
	$(BIN)/pytest -m webrtc

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The clips of the replies, spoken again from fizzog_core/replies/catalog.toml.
clips: $(SITE)
	@sh scripts/system.sh tests
	$(BIN)/python -m scripts.build_clips

# Every generated document, and requirements.txt. tests/unit/project/test_generated.py compares them with their sources.
docs: figures
	$(BIN)/python -m scripts.documents

# deploy/requirements.txt: every package of a host, with hashes. After a change of pyproject.toml or constraints.txt.
lock: $(DEV)
	$(INSTALL) uv==0.13.9
	PATH="$(BIN):$$PATH" $(BIN)/python -m scripts.lock

# The table of figures in the README, from the cards in models/.
figures: $(SITE)
	$(BIN)/python -m fizzog_core.evaluation.headlines

# The picture in the README.
screenshot: $(DEV)
	@sh scripts/system.sh tests
	$(BIN)/python -m scripts.screenshot

.venv/bin/python:
	@sh scripts/system.sh libraries
	@python="$$(sh scripts/system.sh python)" && "$$python" -m venv .venv

$(SITE): pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e .
	@touch $@

$(DEV): $(SITE)
	$(INSTALL) -e '.[dev]'
	@touch $@
