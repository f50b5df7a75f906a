# Every target sets up what it needs, on a bare Debian machine as on a developer's own. Tools that are installed for this
# tree alone are kept in .tools.

export PATH := $(CURDIR)/.tools/bin:$(PATH)

# Where Cargo builds.
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Arguments of `make demo`, as in `make demo ARGS="--port 8080"`.
ARGS ?=

.PHONY: help demo test check bench soak setup

help:
	@echo "make demo    start Tombola with a sample campaign, address and tokens printed (ARGS=\"--port 8080\")"
	@echo "make test    run every test"
	@echo "make check   formatting, lints, licences, house rules"
	@echo "make bench   measure what a rule and a draw cost"
	@echo "make soak    run the tests that take long"
	@echo "make setup   install what all of these need"

demo:
	@scripts/setup compiler rules
	@cargo build --release --package tombola
	@exec $(TARGET)/release/tombola demo $(ARGS)

# One selection of packages and one profile throughout, so that nothing is compiled twice.
test:
	@scripts/setup compiler rules nextest
	cargo nextest run --workspace
	cargo test --doc --workspace

check:
	@scripts/setup compiler rules nextest lints deny
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	cargo deny check licenses bans sources
	cargo nextest run --package tombola-tidy

# One evaluation in a fresh sandbox, then durable draws a second, both beside something to compare them with.
bench:
	@scripts/setup compiler rules
	cargo build --release --package tombola --package tombola-sandbox
	mkdir -p $(TARGET)/bench
	$(TARGET)/release/tombola rule build rules/weight-tier -o $(TARGET)/bench/weight-tier.wasm
	cargo run --release --package tombola-sandbox --example evaluate -- $(TARGET)/bench/weight-tier.wasm \
		'{"fact": "player.draws.total", "tiers": [{"from": 60, "pool": "better"}]}'
	cargo run --release --package tombola-store-sqlite --example commit

# Tests that take long are ignored unless asked for, and have `soak` in their names.
soak:
	@scripts/setup compiler rules nextest
	cargo nextest run --workspace --profile soak --run-ignored only -E 'test(soak)'

setup:
	@scripts/setup compiler rules nextest lints deny
