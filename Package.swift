// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every module of ours; dependencies keep their own settings.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // The bugs that the simulator must find (`PlantedBug`); a release build has none of them.
    .define("PLANTED_BUGS", .when(configuration: .debug)),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What the simulator plays is optimized in debug builds as well, assertions and planted bugs included: whole ensembles for
/// minutes of virtual time take the tests seconds. A release build does not look at run time whether two accesses to a
/// class's property overlap, which is a seventh of a lone write's instructions; the debug build that all tests and the
/// simulator's campaigns in them run does.
let played: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug)),
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
    ]

/// What is generic in its platform is compiled for the platform that a module above gives it.
let specialized: [SwiftSetting] =
    played + [
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
    ]

/// What the program is to know itself by: make says it, `swift build` alone does not. Only what a commit and its date
/// are made of, since it becomes a string of C.
let revision = String(
    (Context.environment["ZABBENCH_COMMIT"] ?? "").filter { $0.isLetter || $0.isNumber || " -._".contains($0) }
)

/// Who wants etcd as a system under test (`make peers`): gRPC is neither fetched nor built for anybody else.
let withEtcd = TargetDependencyCondition.when(traits: ["Etcd"])

let package = Package(
    name: "zabbench",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "zabbench", targets: ["zabbench"])],
    traits: [.trait(name: "Etcd", description: "A client of etcd, so that a workload can name it as a system.")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CJemalloc",
            path: "Sources/shims/CJemalloc",
            pkgConfig: "jemalloc",
            providers: [.apt(["libjemalloc-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            path: "Sources/shims/CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(
            name: "CPlatform",
            path: "Sources/shims/CPlatform",
            linkerSettings: [.linkedLibrary("uring", .when(platforms: [.linux]))]
        ),
        // The least work of a durable broadcast, which systems are measured by.
        .target(
            name: "CYardstick",
            dependencies: ["CPlatform"],
            path: "Sources/shims/CYardstick",
            cSettings: [.define("PLANTED_BUGS", .when(configuration: .debug))]
        ),
        // The certificates of agents' tokens.
        .target(
            name: "CCertificate",
            path: "Sources/shims/CCertificate",
            linkerSettings: [.linkedLibrary("crypto")]
        ),
        // A target of its own: a new commit makes it, Measure and the program anew, and nothing else.
        .target(
            name: "CRevision",
            path: "Sources/shims/CRevision",
            cSettings: revision.isEmpty ? [] : [.define("ZABBENCH_REVISION", to: "\"\(revision)\"")]
        ),
        .target(name: "Zab", path: "Sources/engine/Zab", swiftSettings: played),
        .target(name: "Wire", dependencies: ["Zab", "CPlatform"], path: "Sources/engine/Wire", swiftSettings: played),
        .target(
            name: "Znodes",
            dependencies: [
                "Zab", "Wire", "CPlatform",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Sources/engine/Znodes",
            swiftSettings: played
        ),
        .target(
            name: "Replica",
            dependencies: [
                "Zab", "Znodes", "Wire",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Sources/engine/Replica",
            swiftSettings: played
        ),
        .target(
            name: "Log",
            dependencies: [
                "Zab", "Wire", "CPlatform",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Sources/engine/Log",
            swiftSettings: played
        ),
        .target(
            name: "Host",
            dependencies: [
                "Log", "Replica", "Zab", "Znodes", "Wire",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Sources/engine/Host",
            swiftSettings: specialized
        ),
        .target(name: "Randomness", path: "Sources/harness/Randomness", swiftSettings: strict),
        .target(name: "Words", path: "Sources/harness/Words", swiftSettings: strict),
        .target(
            name: "Statistics",
            dependencies: ["Randomness"],
            path: "Sources/harness/Statistics",
            swiftSettings: strict
        ),
        .target(
            name: "Simulator",
            dependencies: [
                "Replica", "Zab", "Znodes", "Wire", "Log", "Host", "Randomness",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            path: "Sources/proof/Simulator",
            swiftSettings: played
        ),
        .target(
            name: "Stepped",
            dependencies: ["Host", "Log", "Replica", "Wire", "Zab", "CPlatform"],
            path: "Sources/proof/Stepped",
            swiftSettings: strict
        ),
        .target(
            name: "Server",
            dependencies: [
                "Replica", "Zab", "Znodes", "Wire", "Log", "Host", "Measure", "CPlatform",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/engine/Server",
            swiftSettings: strict
        ),
        .target(
            name: "Client",
            dependencies: [
                "Wire",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/engine/Client",
            swiftSettings: strict
        ),
        .target(
            name: "Workload",
            dependencies: [
                "Client", "Log", "Wire", "Randomness", "Words", "Statistics", "CPlatform", "CYardstick",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "Sources/harness/Workload",
            swiftSettings: strict
        ),
        .target(
            name: "EtcdClient",
            dependencies: [
                "Workload", "Client",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: withEtcd),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport", condition: withEtcd),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf", condition: withEtcd),
                .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: withEtcd),
            ],
            path: "Sources/harness/EtcdClient",
            swiftSettings: strict
        ),
        .target(
            name: "Measure",
            dependencies: [
                "Words", "CPlatform", "CRevision", "CJemalloc", "CZlib",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "Sources/harness/Measure",
            swiftSettings: strict
        ),
        .target(
            name: "Calibrations",
            dependencies: ["Log", "Measure", "Statistics", "Wire", "Zab", "CPlatform"],
            path: "Sources/harness/Calibrations",
            swiftSettings: strict
        ),
        .target(
            name: "Results",
            dependencies: ["Measure", .product(name: "Histogram", package: "hdrhistogram-swift")],
            path: "Sources/harness/Results",
            swiftSettings: strict
        ),
        .target(
            name: "Report",
            dependencies: ["Results", "Measure", "Statistics", "Words"],
            path: "Sources/harness/Report",
            swiftSettings: strict
        ),
        .target(
            name: "Comparisons",
            dependencies: ["Report", "Results", "Statistics", "Randomness", "Words"],
            path: "Sources/harness/Comparisons",
            swiftSettings: strict
        ),
        .target(
            name: "Targets",
            dependencies: [
                "Client", "Log", "Measure", "Statistics", "Workload", "Words", "Wire", "CPlatform",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Sources/harness/Targets",
            swiftSettings: strict
        ),
        .target(
            name: "Agents",
            dependencies: [
                "CCertificate", "CPlatform",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Sources/harness/Agents",
            swiftSettings: strict
        ),
        .target(
            name: "Exact",
            dependencies: ["Simulator", "Workload", "Measure", "Report", "Log", "Wire", "CPlatform"],
            path: "Sources/proof/Exact",
            swiftSettings: strict
        ),
        .target(
            name: "Bench",
            dependencies: [
                "Server", "Targets", "Report", "Results", "Workload", "Measure", "Calibrations", "Client",
                "Comparisons", "EtcdClient", "Log",
                "Simulator", "Statistics", "Randomness", "Words", "Wire", "Zab", "CPlatform",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            path: "Sources/harness/Bench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "zabbench",
            dependencies: [
                "Bench", "Server", "Targets", "Report", "Results", "Workload", "Measure", "Calibrations", "Comparisons",
                "Exact",
                "Log", "Simulator", "Statistics", "Words", "Zab", "CPlatform", "CYardstick",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/harness/zabbench",
            swiftSettings: strict
        ),
        .target(
            name: "TestSupport",
            dependencies: ["Results", "Wire", "Zab"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "AgentsTests",
            dependencies: [
                "Agents",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulatorTests",
            dependencies: [
                "Simulator", "Targets", "Host", "Replica", "Log", "Znodes", "Wire", "Zab", "Randomness", "zabbench",
                "Stepped", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ExactTests",
            dependencies: ["Exact", "Report", "Simulator", "Workload"],
            exclude: ["callgrind"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ZabTests",
            dependencies: ["Zab", "Randomness", .product(name: "DequeModule", package: "swift-collections")],
            exclude: ["scripts"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WireTests",
            dependencies: ["Wire", "Zab", "CPlatform", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ZnodesTests",
            dependencies: ["Znodes", "Wire", "Zab", "TestSupport", "Randomness"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplicaTests",
            dependencies: ["Host", "Replica", "Znodes", "Wire", "Zab", "Stepped", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LogTests",
            dependencies: ["Log", "Simulator", "Wire", "Zab", "Randomness", "CPlatform", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HostTests",
            dependencies: ["Host", "Log", "Replica", "Znodes", "Wire", "Zab", "Stepped", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ClientTests",
            dependencies: [
                "Client", "Wire", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EtcdClientTests",
            dependencies: [
                "EtcdClient", "Workload",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: withEtcd),
                .product(name: "SwiftProtobuf", package: "swift-protobuf", condition: withEtcd),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WorkloadTests",
            dependencies: [
                "Workload", "Client", "Log", "Wire", "Randomness", "TestSupport", "CPlatform", "CYardstick",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MeasureTests",
            dependencies: ["Measure", "TestSupport", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CalibrationsTests",
            dependencies: ["Bench", "Calibrations", "Log", "Measure", "Targets", "zabbench", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ResultsTests",
            dependencies: [
                "Results", "Report", "Measure", "TestSupport",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReportTests",
            dependencies: [
                "Report", "Results", "Measure", "Statistics", "TestSupport",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            exclude: ["terminal", "zookeeper"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TargetsTests",
            dependencies: [
                "Bench", "Targets", "Client", "Log", "Measure", "Report", "Results", "Wire", "Workload", "CPlatform",
                "zabbench",
                "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["etcd"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Bench", "Server", "Targets", "Client", "Workload", "Report", "Results", "Log", "Wire", "Zab", "Znodes",
                "Replica", "Randomness", "Differential",
                "zabbench", "TestSupport", "CPlatform",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["words"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StatisticsTests",
            dependencies: ["Statistics", "Randomness"],
            exclude: ["goldens.json"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ComparisonsTests",
            dependencies: [
                "Bench", "Comparisons", "Measure", "Report", "Results", "Statistics", "Randomness", "zabbench",
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: [
                "Bench", "Targets", "Client", "Log", "Measure", "Report", "Results", "Workload", "Wire", "zabbench",
                "TestSupport",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            exclude: ["zookeeper-log"],
            swiftSettings: strict
        ),
        .testTarget(name: "WordsTests", dependencies: ["Words"], swiftSettings: strict),
        .testTarget(name: "HouseTests", swiftSettings: strict),
        .target(
            name: "Fuzz",
            dependencies: [
                "Wire", "Zab", "Znodes", "Replica", "Log", "Host", "Server", "Client", "Workload", "Targets",
                "Randomness", "Stepped", "CPlatform",
            ],
            path: "Sources/proof/Fuzz",
            swiftSettings: strict
        ),
        // `scripts/fuzz.sh` builds it with libFuzzer; otherwise it is a loop without feedback.
        .executableTarget(
            name: "zabfuzz",
            dependencies: ["Fuzz"],
            path: "Sources/proof/zabfuzz",
            swiftSettings: strict
        ),
        .testTarget(name: "FuzzTests", dependencies: ["Fuzz"], swiftSettings: strict),
        .target(
            name: "Differential",
            dependencies: ["Wire", "Randomness"],
            path: "Sources/proof/Differential",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "zabdiff",
            dependencies: ["Differential"],
            path: "Sources/proof/zabdiff",
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Only these targets and what they need: the sanitizers and the fuzzer instrument everything that is built.
if let only = Context.environment["ZABBENCH_ONLY"] {
    var wanted = Set(only.split(separator: ",").map(String.init))
    var count = 0
    while count != wanted.count {
        count = wanted.count
        for target in package.targets where wanted.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
        }
    }
    package.products.removeAll()
    package.targets.removeAll { !wanted.contains($0.name) }
}
