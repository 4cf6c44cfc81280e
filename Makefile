# Sentinel's commands; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
DATA ?= var/demo
TARGETS ?= $(sort $(basename $(notdir $(wildcard collectors/fuzz/fuzz_targets/*.rs))))
RUNS ?= 10000000
SECONDS ?= 0

VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.PHONY: release help setup run test check bench fuzz golden lock peers system

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: .venv/.ready  ## Python environment with the compiled decoder, in .venv

.venv/.ready: requirements.lock pyproject.toml Cargo.lock $(shell find collectors -path collectors/fuzz -prune -o -name '*.rs' -print -o -name Cargo.toml -print)
	@command -v cargo >/dev/null || { echo "Sentinel's decoder is written in Rust: install Rust 1.88 or later (https://rustup.rs)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sentinel needs Python 3.11 or later; say which with make PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "on Debian: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	PATH="$$PWD/$(BIN):$$PATH" MATURIN_PEP517_ARGS="--locked" $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup  ## the service on the embedded store with sample traffic: live alerts in the console
	$(BIN)/sentinel run --demo --data $(DATA)

test: setup system  ## everything set up and all tests run, in two processes where they start no service
	cargo test --release --locked --quiet
	$(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0 --ignore tests/e2e
	$(BIN)/python -m pytest tests/e2e

system:  # what the tests need beyond Python: a browser with Chinese fonts, tshark, tcpdump (which compiles filters), tcpreplay, nftables, FreeRADIUS, nginx
	@missing=; for tool in chromium:chromium tshark:tshark tcpdump:tcpdump tcpreplay:tcpreplay fc-list:fontconfig \
	  ip:iproute2 nft:nftables radclient:freeradius-utils freeradius:freeradius \
	  eapol_test:eapoltest nginx:nginx-light; do \
	  command -v $${tool%%:*} >/dev/null || missing="$$missing $${tool##*:}"; done; \
	ls /usr/lib/freeradius/rlm_rest.so >/dev/null 2>&1 || missing="$$missing freeradius-rest"; \
	fc-list 2>/dev/null | grep -qi cjk || missing="$$missing fonts-noto-cjk"; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; \
	  sudo=$$(test $$(id -u) = 0 || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

check: setup  ## format, lint, types, layers, Rust lints
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --all --check
	cargo fmt --manifest-path collectors/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	$(BIN)/sentinel rules check
	$(BIN)/sentinel rules test
	$(BIN)/sentinel policy check --site deploy/examples/site-demo/site.yaml
	$(BIN)/sentinel policy test

bench: setup peers  ## throughput beside peers on the same input in the same run
	$(BIN)/python -m tests.bench

peers:  # what the benchmarks compare with, where apt has it
	@sh tests/bench/peers.sh

fuzz:  ## cargo-fuzz on the decoder: make fuzz [TARGETS="nas ngap"] [RUNS=10000000] [SECONDS=0]
	@cargo fuzz --version >/dev/null 2>&1 || { echo "the fuzzer is missing; to install it: cargo install --locked cargo-fuzz"; exit 1; }
	$(PYTHON) collectors/fuzz/seeds.py var/fuzz/corpus
	@mkdir -p var/fuzz/artifacts; for target in $(TARGETS); do mkdir -p var/fuzz/corpus/$$target; \
	  cargo fuzz run --fuzz-dir collectors/fuzz --target-dir target/fuzz --sanitizer none $$target var/fuzz/corpus/$$target -- \
	    -runs=$(RUNS) -max_total_time=$(SECONDS) -max_len=4096 -rss_limit_mb=2048 -timeout=10 \
	    -artifact_prefix=var/fuzz/artifacts/$$target- -print_final_stats=1 || exit 1; done

golden: setup  ## make the test captures and the golden events anew; review the diff
	$(BIN)/python tests/traces/make.py
	$(BIN)/python tests/traces/golden.py

lock: setup  ## resolve requirements.lock anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --all-extras --no-header --no-emit-find-links --annotation-style=line -o requirements.lock pyproject.toml

release: setup  ## the wheel in dist/, signed: make release KEY=release.key; the passphrase is asked for
	@test -n "$(KEY)" || { echo "say which key signs: make release KEY=…; to make one: sentinel bundle key release --to FOLDER"; exit 1; }
	rm -rf dist && mkdir dist
	$(BIN)/maturin build --release --locked --out dist
	$(BIN)/sentinel bundle sign dist --kind release --name sentinel-5g --version $(VERSION) --key $(KEY)
