# Every target sets up what it needs, on a bare Debian machine as on a developer's own. Tools that are installed for this
# tree alone are kept in .tools.

export PATH := $(CURDIR)/.tools/bin:$(PATH)

# Where Cargo builds.
TARGET := $(or $(CARGO_TARGET_DIR),target)
# How long `make fuzz` takes over each target.
FUZZ_SECONDS ?= 600
# Arguments of `make demo` and `make bench`, as in `make demo ARGS="--port 8080"`.
ARGS ?=

.PHONY: help demo test check bench soak fuzz setup

help:
	@echo "make demo    start Tombola with a sample campaign, address and tokens printed (ARGS=\"--port 8080\")"
	@echo "make test    run every test but those that take long, and fuzz for 80 s"
	@echo "make check   formatting, lints, licences, house rules, alerts and the unit"
	@echo "make bench   measure what draws, rules and publishes cost (ARGS=\"draws --rounds 1\")"
	@echo "make soak    run the tests that take long"
	@echo "make fuzz    fuzz what strangers send (FUZZ_SECONDS=600 each)"
	@echo "make setup   install what all of these need"

demo:
	@scripts/setup compiler rules
	@cargo build --release --package tombola
	@exec $(TARGET)/release/tombola demo $(ARGS)

# One selection of packages and one profile throughout, so that nothing is compiled twice but what is fuzzed: that has to be
# compiled to count where it has been.
test:
	@scripts/setup compiler rules nextest fuzz postgres pooler redis balancer
	cargo nextest run --workspace
	cargo test --doc --workspace
	scripts/fuzz 20

check:
	@scripts/setup compiler rules nextest lints deny alerts
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	cargo deny check licenses bans sources
	cargo metadata --locked --format-version 1 --manifest-path tests/fuzz/Cargo.toml > /dev/null
	cargo nextest run --package tombola-tidy
	scripts/deployment

# Whatever host/docs/benchmarks.md asks, in its order. Two builds, since the program must be what operators run, without the
# features that only the benchmarks need. ARGS="draws --rounds 1" asks for less.
bench:
	@scripts/setup compiler rules postgres redis
	cargo build --release --package tombola
	cargo build --release --package tombola-load
	mkdir -p $(TARGET)/bench
	$(TARGET)/release/tombola-load bench --program $(TARGET)/release/tombola --folder $(TARGET)/bench \
		--json $(TARGET)/bench/figures.json $(ARGS)

# Tests that take long are ignored unless asked for, and have `soak` in their names.
soak:
	@scripts/setup compiler rules nextest postgres pooler redis balancer
	cargo nextest run --workspace --profile soak --run-ignored only -E 'test(soak)'

# Longer than in `make test`, and with what was found earlier.
fuzz:
	@scripts/setup compiler rules fuzz
	scripts/fuzz $(FUZZ_SECONDS)

setup:
	@scripts/setup compiler rules nextest lints deny fuzz postgres pooler redis balancer alerts
