# make run: the site on port 8501.   make test: every check and test.   make lint: the checks alone.
.DEFAULT_GOAL := run
.PHONY: run test lint format clips figures screenshot

PORT ?= 8501
BIN := .venv/bin
SITE := .venv/.site-installed
DEV := .venv/.dev-installed

run: $(SITE)
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: lint
	@sh scripts/system.sh tests
	$(BIN)/pytest -m "not browser and not webrtc" -n 2 --dist loadfile
	$(BIN)/pytest -m "browser or webrtc"

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The spoken replies that ship with the project, made anew from fizzog_core/replies/catalog.toml.
clips: $(SITE)
	@sh scripts/system.sh tests
	$(BIN)/python -m scripts.build_clips

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

$(SITE): requirements.txt constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements-training.txt requirements-service.txt $(SITE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
