# Everything that a fresh machine needs: `make bench` and `make test`. Both install what is missing and build.
SHELL := /bin/bash
# After `make peers` every build has the client of etcd, until `make clean`: the file says so.
WITH_ETCD := .build/with-etcd
TRAITS := $(if $(wildcard $(WITH_ETCD)),--traits Etcd)
SWIFT_BUILD := swift build -c release $(TRAITS)
ZABBENCH := .build/release/zabbench
# Built in: a new commit makes two small modules and the program anew, and nothing else.
export ZABBENCH_COMMIT := $(shell scripts/revision.sh)

.PHONY: bench test simulate mutants torture build deps peers format lint clean compare figures zookeeper clients memory fuzz sanitize differential planted-costs instructions instructions-program static-program dist install uninstall

# The whole job in under a minute after the build: 3 servers, a table, CSV files, a report.
bench: build
	$(ZABBENCH) run workloads/quick.yaml

build: deps
	$(SWIFT_BUILD) --product zabbench

# Debug mode, with assertions: a build of its own beside the release build that is measured. Tests that use sockets and time
# out when nobody answers run separately: beside tests that keep every core busy they would wait for a processor instead
# of an answer. The tests with real processes run one after the other.
SOCKET_TESTS := ^(ClientTests|WorkloadTests|TargetsTests|CalibrationsTests|AgentsTests)\.
test: deps
	swift build $(TRAITS) --build-tests --explicit-target-dependency-import-check error
	swift test $(TRAITS) --skip-build --filter '$(SOCKET_TESTS)'
	swift test $(TRAITS) --skip-build --skip '$(SOCKET_TESTS)' --skip ServerTests --skip SimulatorTests
	swift test $(TRAITS) --skip-build --filter SimulatorTests
	swift test $(TRAITS) --skip-build --filter ServerTests --no-parallel

# With the release build's servers, under load, for nearly six minutes: leaders and whole ensembles are killed at least twenty
# times, then power is cut at least thirty times, which takes back from the files what was not synced; and a few times with a
# log that is never synced, where writes must be lost.
torture: build
	swift build $(TRAITS) --build-tests --explicit-target-dependency-import-check error
	ZABBENCH_PROGRAM=$(CURDIR)/$(ZABBENCH) ZABBENCH_TORTURE_SECONDS=120 ZABBENCH_TORTURE_KILLS=20 \
		ZABBENCH_TORTURE_CUTS=30 ZABBENCH_TORTURE_CUT_SECONDS=190 ZABBENCH_TORTURE_CONTROL_CUTS=4 \
		swift test $(TRAITS) --skip-build --no-parallel --filter TortureTests

# The same OPERATIONS requests to Debian's ZooKeeper and to the release build, from SEED: one server, three with the
# clients on a follower, three with clients that move; then what time does. Each difference comes with the shortest way
# to it. ZABBENCH_DIFFERENTIAL_GROUND="standalone follower spread" names some of them.
OPERATIONS ?= 100000
SEED ?= 1
differential: check-differential build
	@[ -r /usr/share/java/zookeeper.jar ] || scripts/install-dependencies.sh zookeeper
	swift build $(TRAITS) --build-tests --explicit-target-dependency-import-check error
	ZABBENCH_PROGRAM=$(CURDIR)/$(ZABBENCH) ZABBENCH_DIFFERENTIAL_OPERATIONS=$(OPERATIONS) ZABBENCH_DIFFERENTIAL_SEED=$(SEED) \
		swift test $(TRAITS) --skip-build --no-parallel --filter DifferentialTests

.PHONY: check-differential
check-differential:
	@for value in "$(OPERATIONS)" "$(SEED)"; do case "$$value" in ''|*[!0-9]*) \
		echo "make differential: '$$value' is no number: OPERATIONS=100000 SEED=1" >&2; exit 64 ;; esac; done

# Every parser against libFuzzer, FUZZ_SECONDS (60) a target; `make test` has a short run with fixed seeds.
fuzz: deps
	scripts/fuzz.sh

# Data shared by threads under ThreadSanitizer, the log under AddressSanitizer.
sanitize: deps
	scripts/sanitize.sh

# Whole ensembles on virtual time: a campaign of SEEDS seeds (default 200,000). FIRST says where it begins.
SEEDS ?= 200000
FIRST ?= 1
simulate: build
	$(ZABBENCH) simulate --seeds $(FIRST)..$$(($(FIRST) + $(SEEDS) - 1)) --recheck-every 20

# Plants every known bug in turn and reports after how many seeds the simulator finds it. A debug build, since a release
# build cannot have them.
mutants: deps
	swift build $(TRAITS) --product zabbench
	.build/debug/zabbench simulate --mutants --seeds 1..10000

# Plants one more allocation for each write, and one more sync for each group commit, on branches of a clone, and checks
# that `zabbench exact` names each of them and nothing else. Ten to twenty minutes: it builds three times.
planted-costs: deps
	scripts/planted-costs.sh

# What a write costs in instructions, against workloads/ci-instructions.json (docs/reference/exact-tier.md). Valgrind can run only a
# statically linked program, which is compiled differently, so that is a build of its own. UPDATE=--update writes the
# baseline anew.
UPDATE ?=
instructions: instructions-program
	.build/static/release/zabbench exact --instructions $(UPDATE)

instructions-program: valgrind static-program

.PHONY: valgrind
valgrind: deps
	@scripts/install-dependencies.sh valgrind

static-program: deps
	swift build -c release --static-swift-stdlib --scratch-path .build/static --product zabbench

# dist/zabbench, one file that needs nothing but glibc (docs/guides/install.md): the objects of static-program, with the
# libraries in it as well. The program whose instructions are counted is not touched.
dist: check-dist static-program
	@scripts/dist.sh

.PHONY: check-dist
check-dist: deps
	@scripts/dist.sh --libraries

# zabbench beside Apache ZooKeeper, etcd and the least work of a durable broadcast (docs/guides/versus.md): about 20 minutes.
compare: peers
	$(ZABBENCH) run workloads/versus.yaml

# The systems that a workload can run beside ours (docs/guides/versus.md): Apache ZooKeeper, with its Java, and etcd. Then it
# builds the program with a client of etcd, for which gRPC and what it needs are fetched and built.
peers: deps
	@{ [ -r /usr/share/java/zookeeper.jar ] && command -v java >/dev/null; } || scripts/install-dependencies.sh zookeeper
	@command -v etcd >/dev/null || scripts/install-dependencies.sh etcd-server
	@command -v etcdctl >/dev/null || scripts/install-dependencies.sh etcd-client
	@mkdir -p .build && touch $(WITH_ETCD)
	@$(MAKE) --no-print-directory build

# Other people's clients and applications (docs/reference/clients.md): CLIENTS names some of them instead of all, SYSTEM=zookeeper
# runs the same checks on Debian's ZooKeeper.
CLIENTS ?= zkcli java cli-mt curator kazoo metrics go spark clickhouse patroni
SYSTEM ?= zabbench
clients: check-clients build
	scripts/clients/all.sh --system $(SYSTEM) $(CLIENTS)

.PHONY: check-clients
check-clients:
	@scripts/clients/all.sh --check --system '$(SYSTEM)' $(CLIENTS)

# Bytes for each znode, watch and session, beside ZooKeeper's (docs/reference/memory.md). About a quarter of an hour.
memory: build
	scripts/memory.sh

# Measures results/reference again, all of it or FIGURES="verdict quick ...", and fills in the figures of README and docs.
FIGURES ?=
figures: build
	scripts/figures.sh $(FIGURES)

# Into PREFIX (below DESTDIR, for packages): the program that make build has built, manual pages, completions, workloads.
# It builds nothing, so that root need not: make build && sudo make install.
PREFIX ?= /usr/local
DESTDIR ?=
PROGRAM ?= $(ZABBENCH)
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export PROGRAM := $(PROGRAM)
install:
	@scripts/install.sh

uninstall:
	@scripts/install.sh --remove

deps:
	@scripts/install-dependencies.sh

format:
	swift format --in-place --configuration .swift-format --recursive Sources Tests Package.swift

lint:
	swift format lint --strict --configuration .swift-format --recursive Sources Tests Package.swift

clean:
	rm -rf .build .zabbench-data dist
