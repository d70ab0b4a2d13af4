# The everyday commands. Thin on purpose: what is built how stands in CMakePresets.json, what is installed in
# tools/setup.sh.
BIN   := build/release/omniwriter
JOBS  ?= $(shell nproc)
BUILD := cmake --build -j $(JOBS) --preset
CTEST := ctest --output-on-failure -j $(JOBS) --preset
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup build run test test-fast test-tools test-servers torture soak bench bench-delivery bench-judge bench-large fmt fmt-check tidy tidy-changed fuzz-seeds sanitize asan tsan fuzz clean

help:  ## this list
	@sed -n 's/^\([a-z -]*\):[^#]*## */  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

setup:  ## install what a build needs
	@tools/setup.sh build

build: setup  ## the release program: build/release/omniwriter
	@cmake --preset release
	@$(BUILD) release --target omniwriter_program

run: build  ## read the bundled samples into a store of their own, and report; needs no server
	@tools/tour.sh $(BIN)

test:  ## every test, with real servers
	@tools/setup.sh build test typecheck
	@cmake --preset release
	@$(BUILD) release
	@$(CTEST) release

test-fast: setup  ## every test that needs no server
	@cmake --preset release
	@$(BUILD) release
	@$(CTEST) release -LE servers

test-tools: build  ## real load tools through `omniwriter run`, against a server that counts
	@tools/load_tools.sh
	@$(CTEST) release -C tools -L tools

test-servers: build  ## servers of other versions and makers, one after the other
	@tools/load_servers.sh
	@$(CTEST) release -C servers -L servers -R more_

torture: build  ## kill -9, lost replies and failing servers; nothing may be lost, nothing show twice
	@OMNIWRITER_TORTURE_SAMPLES=$${OMNIWRITER_TORTURE_SAMPLES:-1000000} OMNIWRITER_TORTURE_KILLS=$${OMNIWRITER_TORTURE_KILLS:-100} \
	  OMNIWRITER_TORTURE_REQUESTS=$${OMNIWRITER_TORTURE_REQUESTS:-20000} \
	  OMNIWRITER_TORTURE_TERMINATIONS=$${OMNIWRITER_TORTURE_TERMINATIONS:-100} \
	  OMNIWRITER_PROGRAM=$(abspath $(BIN)) python3 -B tests/torture/torture_test.py

soak: build  ## two hours of a growing file, and ten gigabytes that wait: memory, files and disk stay flat
	@OMNIWRITER_PROGRAM=$(abspath $(BIN)) python3 -B tests/torture/soak_test.py

bench:  ## measure: throughput, memory, peers
	@tools/setup.sh build bench
	@cmake --preset bench
	@$(BUILD) bench
	@benchmarks/run_bench.py

bench-delivery: build  ## measure delivery to the real InfluxDB and Elasticsearch, near and far
	@tools/setup.sh build test
	@OMNIWRITER_PROGRAM=$(abspath $(BIN)) python3 -B benchmarks/bench_delivery.py

bench-judge: setup  ## measure how well runs are compared, on simulated runs: the table of docs/judge.md
	@cmake --preset bench
	@$(BUILD) bench --target judge_bench
	@build/bench/judge_bench

bench-large:  ## the same with files of many gigabytes
	@tools/setup.sh build bench
	@cmake --preset bench
	@$(BUILD) bench
	@benchmarks/run_bench.py --large

fmt:  ## format the C++ sources
	@tools/setup.sh tidy
	@tools/format.sh

fmt-check:
	@tools/setup.sh tidy
	@tools/format.sh --check

tidy: fmt-check  ## format check and clang-tidy, no warning allowed
	@cmake --preset dev
	@tools/tidy.sh build/dev

tidy-changed:  ## the same for what changed within a day, for five minutes at most
	@tools/setup.sh tidy
	@cmake --preset dev
	@tools/tidy.sh build/dev --since '1 day ago'

fuzz-seeds:  ## every seed of every fuzzer, with clang's sanitizers
	@tools/setup.sh build fuzz
	@cmake --preset fuzz
	@$(BUILD) fuzz
	@tools/replay_seeds.sh build/fuzz

sanitize: fuzz-seeds  ## the same, and the unit tests
	@build/fuzz/unit_tests --gtest_brief=1

asan tsan: setup  ## the tests that need no server, under address and undefined-behaviour, or thread sanitizer
	@cmake --preset $@
	@$(BUILD) $@
	@$(CTEST) $@ -LE servers

fuzz:  ## each fuzzer for FUZZ_SECONDS (60)
	@tools/setup.sh build fuzz
	@cmake --preset fuzz
	@$(BUILD) fuzz
	@for fuzzer in $$(find build/fuzz -maxdepth 1 -name 'fuzz_*' -type l); do \
	  name=$${fuzzer##*/fuzz_}; mkdir -p build/fuzz/corpus/$$name; echo "== $$name"; \
	  $$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 build/fuzz/corpus/$$name \
	    $$(ls -d fuzz/seeds/$$name 2>/dev/null) || exit 1; \
	done

clean:  ## remove build/
	@rm -rf build
