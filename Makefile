# Everything that a fresh machine needs: `make bench`, `make test`. Both install what is missing and build once, in
# release mode; the tests run against the same binaries that are measured.
SHELL := /bin/bash
SWIFT_BUILD := swift build -c release
ZABBENCH := .build/release/zabbench
export ZABBENCH_COMMIT := $(shell git describe --always --dirty 2>/dev/null)

.PHONY: bench test torture build deps format lint clean compare zookeeper

# The whole job in under a minute after the build: 3 servers, a table, CSV files, a report.
bench: build
	$(ZABBENCH) run workloads/quick.yaml

build: deps
	$(SWIFT_BUILD) --product zabbench

test: deps
	$(SWIFT_BUILD) --build-tests
	swift test -c release --skip-build

# Leader and whole ensemble killed again and again under load, for five minutes and at least twenty kills.
torture: deps
	$(SWIFT_BUILD) --build-tests
	ZABBENCH_TORTURE_SECONDS=330 ZABBENCH_TORTURE_KILLS=20 swift test -c release --skip-build --filter Torture

# Speed beside Apache ZooKeeper and the C yardstick, interleaved, medians of 5.
compare: build
	scripts/compare.sh

deps:
	@scripts/install-dependencies.sh

format:
	swift format --in-place --configuration .swift-format --recursive Sources Tests Package.swift

lint:
	swift format lint --strict --configuration .swift-format --recursive Sources Tests Package.swift

clean:
	rm -rf .build .zabbench-data
