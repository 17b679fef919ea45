# Every target sets up what it needs in .venv, at once when nothing changed.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready
AUDIT := $(VENV)-audit
AUDIT_READY := $(AUDIT)/.ready
LOCAL := $(VENV)-local
LOCAL_READY := $(LOCAL)/.ready
JS := bench/peers/js
JS_READY := $(JS)/node_modules/.ready
ASSETS := dashboard/assets
ASSETS_READY := $(ASSETS)/node_modules/.ready

.PHONY: setup help demo phone serve proxy chromium test test-js local-cascade faults barge-ins soak fuzz check \
	format bench bench-quick assets screenshots docs lock drift audit sbom \
	deploy-check release-check
.DEFAULT_GOAL := setup

setup: $(READY)

# What there is, as the README has it.
help:
	@sed -n 's/^| \(`make .*`\) | \(.*\) |$$/\1\n    \2/p' README.md | tr -d '`'

# Packages into an environment: uv where pip can install it and it reaches the index, plain pip where
# not: a proxy with its own certificate authority is trusted by pip alone. Both verify the hashes of
# the lock files.
install = $(BIN)/python -m uv pip install --quiet --python $(1)/bin/python $(2) 2>/dev/null || \
	PYTHONWARNINGS=ignore $(1)/bin/python -m pip install --quiet $(2)

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Spaline needs Python 3.11 to 3.13, not " + sys.version.split()[0] + "; set PYTHON=python3.12") if not (3, 11) <= sys.version_info[:2] <= (3, 13) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV); the first time this takes a minute or two"
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --upgrade pip uv || true
	@$(call install,$(VENV),--require-hashes -r requirements-dev.lock)
	@$(call install,$(VENV),--no-deps --config-settings editable_mode=compat --editable .)
	@touch $(READY)

# A caller books, another one finds the time taken, the first one cancels: no keys, no phone.
demo: $(READY)
	$(BIN)/spaline demo
	@echo "Now you, from a browser: make phone, or with a key: OPENAI_API_KEY=sk-... make serve"

# Call it yourself, from a browser, without keys: a stand-in for the model plays a scenario.
SCENARIO ?= book
phone: $(READY)
	$(BIN)/spaline demo --phone --scenario $(SCENARIO)

serve: $(READY)
	$(BIN)/spaline serve

.PHONY: evals evals-live
# Scripted callers by Pipecat's own `pipecat eval`, with a stand-in for the model: no keys.
evals: $(READY)
	$(BIN)/python -m evals

# The same with the real model, and simulated callers whom another model plays and judges. It costs
# money, and is skipped without OPENAI_API_KEY.
evals-live: $(READY)
	$(BIN)/python -m evals --live

# Two thousand short calls, twenty at a time, in many of which something goes wrong.
soak: $(READY)
	$(BIN)/python -m tests.soak

# Made-up forms, tool arguments and wire messages, many more than the tests try.
FUZZ_EXAMPLES ?= 3000
FUZZ_SECS ?= 60
fuzz: $(READY)
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest --timeout 3600 --show-capture no tests/fuzz
	$(BIN)/python -m tests.fuzz.wire -max_total_time=$(FUZZ_SECS) -print_final_stats=1

# The tests of two replicas need a real proxy before them.
proxy:
	@PATH="$$PATH:/usr/sbin" command -v haproxy >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends haproxy) || \
		echo "HAProxy cannot be installed here: install it by hand, or tests/e2e/test_replicas.py fails"

# The tests of the pages need a real browser; its own download is never used.
chromium:
	@command -v chromium >/dev/null || \
		(apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) || \
		echo "Chromium cannot be installed here: install it by hand, or tests/browser fails"

# Calls last as long as calls do, so four files run at once; each file stays in one process, and
# they are begun in their order: those with the longest calls have few tests, and must not be last.
# They are played in real time, so on a machine that stalls a test is asked once more, and says so.
# The tests with OpenAI's JavaScript SDK are left out where npm cannot install it.
test: $(READY) proxy chromium
	@$(MAKE) -s $(JS_READY) || echo "make: without OpenAI's JavaScript SDK"
	@$(MAKE) -s $(ASSETS_READY) || echo "make: vendored files are compared with their hashes only"
	$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --reruns 1 -rR --cov --cov-report=term-missing
	$(BIN)/coverage report --include='booking/*,tools/*,telephony/*' --fail-under=100

# Both simulators against OpenAI's own SDK.
test-js: $(READY) $(JS_READY)
	$(BIN)/pytest tests/simulator/test_openai_js.py

$(JS_READY) $(ASSETS_READY): %/node_modules/.ready: %/package.json %/package-lock.json
	@cd $* && npm ci --silent
	@touch $@

# A call through the cascade of docs/swap-a-stage.md that needs no key, with real models.
local-cascade: $(LOCAL_READY)
	$(LOCAL)/bin/python -m tests.docs.local_cascade

$(LOCAL_READY): requirements-local.lock | $(READY)
	@test -x $(LOCAL)/bin/python || $(PYTHON) -m venv $(LOCAL)
	@$(call install,$(LOCAL),--require-hashes -r requirements-local.lock)
	@touch $@

# What the pages load in the browser, copied out of the locked npm packages; the copies are committed.
assets: $(ASSETS_READY)
	node $(ASSETS)/vendor.mjs

# Every page into docs/screenshots/: light, dark, and as wide as a phone.
screenshots: $(READY) chromium
	$(BIN)/python -m tests.browser.screenshots

# The documentation as pages, into build/site/; what is written from the code is as of now.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Every fault of the model, of the line and of ours, really injected into a call.
faults: $(READY)
	$(BIN)/python -m tests.faults

# A thousand barge-ins into calls at the pace of a telephone; takes minutes.
barge-ins: $(READY)
	$(BIN)/python -m tests.e2e.barge_ins

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What a call costs beside the other ways to make one, and what the desk costs as the book grows.
bench: $(READY)
	@$(MAKE) -s $(JS_READY) || echo "make: without OpenAI's JavaScript SDK"
	$(BIN)/python -m bench calls
	$(BIN)/python -m bench desk

bench-quick: $(READY)
	@$(MAKE) -s $(JS_READY) || echo "make: without OpenAI's JavaScript SDK"
	$(BIN)/python -m bench calls --quick --folder build/bench

# What is known against the locked packages, our own code and the image. Without a network the
# advisories of PyPI cannot be asked; AUDIT_OFFLINE=1 leaves them out. That every package is
# pinned by hash, and that what is installed is what is locked, is a test.
audit: $(READY) $(AUDIT_READY)
	$(BIN)/pytest -q tests/test_lock.py tests/test_image.py
	$(AUDIT)/bin/bandit --quiet --recursive --severity-level medium \
		--exclude ./$(VENV),./$(AUDIT),./$(LOCAL),./tests,./bench,./simulator,./build .
	$(AUDIT)/bin/hadolint Dockerfile deploy/pipecat-cloud/Dockerfile
	@test -n "$(AUDIT_OFFLINE)" || $(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

# Docker Compose and kubectl themselves read what is in deploy/; neither an engine nor a cluster.
# What else is known of it are tests.
deploy-check: $(READY) $(AUDIT_READY)
	$(BIN)/pytest -q tests/deploy/engines.py

# What is released: the wheel and all that is in it, a fresh environment, and the demo from there.
release-check: $(READY)
	$(BIN)/python -m tests.release

# The packages of the image as CycloneDX; needs no network once the tools are there.
sbom: $(AUDIT_READY)
	@mkdir -p build
	$(AUDIT)/bin/cyclonedx-py requirements --output-reproducible --output-file build/sbom.json requirements.lock

$(AUDIT_READY): requirements-audit.lock | $(READY)
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	@$(call install,$(AUDIT),--require-hashes -r requirements-audit.lock)
	@touch $@

# Whether the newest releases still fit what we know of them: run it every night, without the lock.
DRIFT := build/drift
drift:
	$(PYTHON) -m venv --clear $(DRIFT)
	$(DRIFT)/bin/python -m pip install --quiet uv
	$(DRIFT)/bin/python -m uv pip install --quiet --python $(DRIFT)/bin/python --upgrade \
		--group dev --group webrtc --config-settings editable_mode=compat --editable ".[simulator,tracing,sentry]"
	$(DRIFT)/bin/pytest tests/realtime tests/telephony tests/simulator/test_realtime.py \
		tests/simulator/test_openapi.py tests/e2e/test_audio.py

# After a change of the dependencies in pyproject.toml.
lock: $(READY)
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --all-extras pyproject.toml -o requirements.lock
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --all-extras --group dev --group bench --group docs --group webrtc -c requirements.lock \
		pyproject.toml -o requirements-dev.lock
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --all-extras --group local -c requirements-dev.lock \
		pyproject.toml -o requirements-local.lock
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --group audit -o requirements-audit.lock
