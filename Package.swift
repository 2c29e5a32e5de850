// swift-tools-version: 6.2
import PackageDescription

/// What every target is built with: the language mode is Swift 6 (strict concurrency), and the
/// upcoming features make imports and existentials say what they are.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(
    name: "HummingbirdTesting", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(
    name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let serviceLifecycleTestKit = Target.Dependency.product(
    name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil,
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "giro",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "giro", targets: ["giro"]),
        // For simulating participants of one's own.
        .library(name: "Simulation", targets: ["Simulation", "Engine", "Saga", "Wire"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.11.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Pure values: no Foundation, no async.
        module("Saga"),
        module("Ledger", ["Saga"]),
        module("Stock", ["Saga"]),
        module("Approval", ["Saga"]),

        // Bytes: what topics and logs hold.
        module("Wire", ["Saga", "Ledger", "Stock", "Approval", crypto, protobuf]),

        // Contracts and their embedded stores.
        module("EventLog", ["Saga", "Wire", crypto, protobuf]),
        module(
            "EventLogSQLite", ["EventLog", "Saga", grdb],
            resources: [.embedInCode("Migrations/001-log.sql")]),
        module("MessageBus", ["Saga", yams]),
        module(
            "MessageBusSQLite", ["MessageBus", "Saga", grdb],
            resources: [.embedInCode("Migrations/001-topic.sql")]),

        // Bindings to the C libraries of PostgreSQL and Kafka, and what is kept there.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CLibrdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        // What Swift cannot call of the system's C library.
        .target(name: "CProcess"),
        module("LibPQ", ["CLibpq", logging]),
        module("RDKafka", ["CLibrdkafka", logging]),
        module(
            "EventLogPostgres", ["EventLog", "LibPQ", "Saga", logging],
            resources: [
                .embedInCode("Migrations/001-log.sql"), .embedInCode("Migrations/002-density.sql"),
            ]),
        module("MessageBusKafka", ["MessageBus", "RDKafka", "Saga", logging]),

        // The node: a pure engine in a thin shell.
        module("Engine", ["Saga", "Wire", "EventLog", "MessageBus", heap, protobuf]),
        module("Node", ["Engine", "Saga", "Wire", "EventLog", "MessageBus", logging, serviceLifecycle]),
        // What is asked of a log again and again, folded into a file that can be made anew.
        module(
            "Statements", ["Engine", "EventLog", "Ledger", "Saga", "Wire", grdb],
            resources: [.embedInCode("Migrations/001-statements.sql")]),
        // Metrics as Prometheus reads them, behind swift-metrics.
        module("PrometheusText", [coreMetrics]),
        module(
            "NodeAPI",
            [
                "Node", "Statements", "PrometheusText", "LineFiles", "Engine", "Ledger", "Saga", "Wire",
                "EventLog", "MessageBus", coreMetrics, deque, hummingbird, hummingbirdCore, logging,
                nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, serviceLifecycle,
            ], resources: [.embedInCode("openapi.yaml")]),
        module(
            "NodeClient",
            ["NodeAPI", "Ledger", "Saga", asyncHTTPClient, nioCore, nioHTTP1, nioPosix]),

        // Files that people write, line by line.
        module("LineFiles"),

        // What looks at nodes from outside.
        module("Audit", ["Engine", "Ledger", "Saga", "Wire", "EventLog"]),
        module(
            "Simulation",
            [
                "Node", "Engine", "Approval", "Ledger", "Stock", "Saga", "Wire", "EventLog",
                "MessageBus", "Randomness", heap, logging, serviceLifecycleTestKit,
            ]),

        // Chance that follows from a seed.
        module("Randomness"),
        // Programs that giro's demo and the tests start and stop.
        module("ChildProcess"),

        .executableTarget(
            name: "giro",
            dependencies: [
                "Node", "NodeAPI", "NodeClient", "Audit", "Simulation", "Randomness", "Engine", "Ledger", "Saga", "Wire", "EventLog",
                "EventLogSQLite", "EventLogPostgres", "MessageBus", "MessageBusSQLite",
                "MessageBusKafka", "LibPQ", "RDKafka", "LineFiles", "ChildProcess", "CProcess", argumentParser, asyncHTTPClient,
                logging, serviceLifecycle, unixSignals, yams,
            ],
            swiftSettings: settings),

        // Real servers for tests: private folders, free ports, stopped by pid.
        .target(
            name: "TestServers", dependencies: ["ChildProcess"], path: "Tests/TestServers",
            exclude: ["FailingCalls"],
            swiftSettings: settings),

        // librdkafka's own cluster of brokers, with faults on demand.
        .target(
            name: "MockKafka", dependencies: ["CLibrdkafka", "RDKafka"], path: "Tests/MockKafka",
            swiftSettings: settings),

        tests("SagaTests", ["Saga"]),
        tests("LedgerTests", ["Ledger", "Randomness", "Saga"]),
        tests("ParticipantTests", ["Stock", "Approval", "Ledger", "Saga"]),
        tests("WireTests", ["Wire", "Randomness", "Saga", "Ledger", "Stock", "Approval"]),
        tests("LineFilesTests", ["LineFiles"]),
        tests("LibPQTests", ["LibPQ", "TestServers", logging]),
        tests("RDKafkaTests", ["RDKafka", "CLibrdkafka", "MockKafka", "TestServers", logging]),
        tests(
            "EventLogTests",
            [
                "ChildProcess", "EventLog", "EventLogSQLite", "EventLogPostgres", "LibPQ",
                "TestServers", "Saga",
                "Wire", grdb, protobuf,
            ]),
        tests(
            "MessageBusTests",
            [
                "MessageBus", "MessageBusSQLite", "MessageBusKafka", "RDKafka", "CLibrdkafka",
                "MockKafka", "TestServers", "Saga", grdb, logging,
            ]),
        tests("EngineTests", ["Engine", "Randomness", "Approval", "Ledger", "Stock", "Saga", "Wire", "EventLog", "MessageBus"]),
        tests("SimulationTests", ["Simulation", "Engine", "Stock", "Saga", "Wire"]),
        tests(
            "NodeTests",
            [
                "Node", "NodeAPI", "Engine", "Ledger", "Saga", "Wire", "EventLog", "EventLogSQLite",
                "EventLogPostgres", "MessageBus", "MessageBusSQLite", "TestServers",
            ]),
        tests(
            "NodeAPITests",
            [
                "NodeAPI", "NodeClient", "Statements", "PrometheusText", coreMetrics, "Node", "Engine", "Ledger", "Saga", "Wire",
                "EventLog", "MessageBus", hummingbird, hummingbirdTesting, logging, nioCore, nioPosix,
                serviceLifecycle, yams,
            ]),
        tests(
            "CommandTests",
            [
                "giro", "Audit", "Engine", "Node", "NodeAPI", "NodeClient", "EventLog", "Ledger",
                "MessageBus", "MessageBusSQLite", "Saga", "Wire", "ChildProcess", "TestServers",
                logging,
            ]),
        tests(
            "FuzzTests",
            [
                "giro", "LineFiles", "Randomness", "Node", "NodeAPI", "Engine", "Approval", "Ledger", "Stock", "Saga", "Wire",
                "EventLog", "MessageBus", hummingbird, hummingbirdTesting, logging, nioCore,
                serviceLifecycle, yams,
            ], exclude: ["Corpus"]),
        tests("ModelTests", ["Saga", "ChildProcess", "TestServers"]),
        // Attacks on banks as they are run in production: deploy/chaos.
        .target(
            name: "Chaos",
            dependencies: [
                "Audit", "ChildProcess", "Engine", "EventLog", "EventLogPostgres", "Ledger",
                "MessageBus", "MessageBusKafka", "NodeAPI", "NodeClient", "RDKafka", "Randomness", "Saga",
                "TestServers", "Wire", logging,
            ], path: "Tests/Chaos", swiftSettings: settings),
        .executableTarget(
            name: "giro-chaos", dependencies: ["Chaos", argumentParser], path: "Tests/ChaosProgram",
            swiftSettings: settings),
        tests("ChaosTests", ["Chaos", "Ledger", "NodeAPI", "Saga", "TestServers"]),
        tests("TidyTests", [yams]),
    ],
    swiftLanguageModes: [.v6]
)
