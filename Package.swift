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

/// - Parameter path: From `Sources`: a layer and the module's name, as in `1-Protocol/Saga`. An
///   import points to the same or a lower layer: tests of the style read that off the folders.
func module(
    _ path: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
    .target(
        name: name(path), dependencies: dependencies, path: "Sources/" + path,
        resources: resources, swiftSettings: settings)
}

/// Code that tests share; `path` is from `Tests`.
func support(
    _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .target(
        name: name(path), dependencies: dependencies, path: "Tests/" + path, exclude: exclude,
        swiftSettings: settings)
}

/// All can say by tags what they need.
func tests(
    _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name(path), dependencies: dependencies + ["TestTags"], path: "Tests/" + path,
        exclude: exclude, swiftSettings: settings)
}

func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

let package = Package(
    name: "giro",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "giro", targets: ["giro"]),
        // For simulating participants of one's own.
        .library(
            name: "Simulation",
            targets: [
                "Simulation", "Engine", "Chain", "Links", "Saga", "Wire", "MessageBus",
                "Approval", "ApprovalWire", "Ledger", "LedgerWire", "Stock", "StockWire",
            ]),
        // For verifying logs and headers without a node or a store.
        .library(name: "Chain", targets: ["Chain", "Saga", "Wire"]),
    ],
    dependencies: [
        // Exactly those that were tested; a change of one is a commit that runs all tests.
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf.git", exact: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // Pure values: no Foundation, no async.
        module("1-Protocol/Saga"),
        module("1-Protocol/Backoff"),
        module("1-Participants/Ledger", ["Saga"]),
        module("1-Participants/Stock", ["Saga"]),
        module("1-Participants/Approval", ["Saga"]),

        // Bytes: what topics and logs hold.
        module("2-Formats/Wire", ["Saga", crypto]),
        module("2-Formats/LedgerWire", ["Ledger", "Saga", "Wire"]),
        module("2-Formats/StockWire", ["Saga", "Stock", "Wire"]),
        module("2-Formats/ApprovalWire", ["Approval", "Saga", "Wire"]),
        // The signed chain of commits: keys, headers, Merkle trees, without any store.
        module("2-Formats/Chain", ["Saga", "Wire", crypto]),
        // What banks show each other of their logs, and what of it counts.
        module("2-Formats/Links", ["Chain", "Saga", "Wire"]),

        // Contracts and their embedded stores.
        module("3-Ports/EventLog", ["Chain", "Saga", "Wire"]),
        module("3-Ports/Projection", ["Chain", "Saga", "Wire"]),
        module("4-Adapters/EventLogSQLite", ["BlockingIO", "Chain", "EventLog", "Saga", grdb],
            resources: [.embedInCode("Migrations/001-log.sql")]),
        // A cache of a log's history tree: what proofs of its commits are made of.
        module("4-Adapters/HistoryFile", ["Chain", "EventLog", "LineFiles", "Saga"]),
        module("3-Ports/MessageBus", ["Saga"]),
        // The topics as topics/*.yaml declares them.
        module("4-Adapters/TopicDeclarations", ["MessageBus", "Saga", yams]),
        module("4-Adapters/MessageBusSQLite", ["BlockingIO", "MessageBus", "Saga", grdb],
            resources: [.embedInCode("Migrations/001-topic.sql")]),

        // Bindings to the C libraries of PostgreSQL and Kafka, and what is kept there.
        .systemLibrary(
            name: "CLibpq", path: "Sources/3-Bindings/CLibpq", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CLibrdkafka", path: "Sources/3-Bindings/CLibrdkafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"])]),
        // What Swift cannot call of the system's C library.
        .target(name: "CProcess", path: "Sources/3-Bindings/CProcess"),
        // Threads for what blocks.
        module("3-Bindings/BlockingIO", [deque]),
        module("3-Bindings/LibPQ", ["BlockingIO", "CLibpq", deque, logging]),
        module("3-Bindings/RDKafka", ["BlockingIO", "CLibrdkafka", deque, logging]),
        module("4-Adapters/EventLogPostgres", ["Chain", "EventLog", "LibPQ", "Saga", logging],
            resources: [.embedInCode("Migrations/001-log.sql")]),
        module("4-Adapters/MessageBusKafka", ["Backoff", "MessageBus", "RDKafka", logging]),

        // The node: a pure engine in a thin shell.
        module("5-Node/Engine", ["Chain", "Links", "Saga", "Wire", heap]),
        module(
            "5-Node/Node",
            [
                "Backoff", "Chain", "Engine", "EventLog", "HistoryFile", "JournalReader", "Links",
                "MessageBus", "Projection", "Saga", "Wire", deque, logging, serviceLifecycle,
            ]),
        // What is asked of a log again and again, folded into a file that can be made anew.
        module(
            "5-Node/Statements",
            [
                "BlockingIO", "Chain", "Engine", "Ledger", "LedgerWire", "Projection", "Saga",
                "Wire", grdb,
            ],
            resources: [.embedInCode("Migrations/001-statements.sql")]),
        // Metrics as Prometheus reads them, behind swift-metrics.
        module("5-Node/PrometheusText", [coreMetrics]),
        // What clients and servers say to each other: no server, no node, no store.
        module(
            "6-API/APIModels", ["Chain", "Ledger", "Saga", "StrictJSON", "Wire"]),
        // Who may do what: tokens, their file, roles.
        module("6-API/AccessControl", ["APIModels", "LineFiles", "Saga", "Wire", logging]),
        // The server, and what nodes of every kind show.
        module(
            "6-API/HTTPServer",
            [
                "APIModels", "AccessControl", "Chain", "Engine", "EventLog", "LineFiles",
                "MessageBus", "Node", "Projection", "PrometheusText", "Saga", "StrictJSON", "Wire",
                coreMetrics, hummingbird, hummingbirdCore, logging, nioCore, nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, serviceLifecycle,
            ]),
        // The API of a bank, and of a shop, beside what every kind of node has.
        module(
            "6-API/BankAPI",
            [
                "APIModels", "AccessControl", "Chain", "Engine", "EventLog", "HTTPServer",
                "Ledger", "LedgerWire", "Node", "Projection", "Saga", "Statements", "StrictJSON",
                "Wire", deque, hummingbird, logging, nioCore, serviceLifecycle,
            ], resources: [.embedInCode("openapi.yaml")]),
        module(
            "6-API/ShelfAPI",
            [
                "APIModels", "AccessControl", "Chain", "Engine", "HTTPServer", "Node", "Saga",
                "Stock", "StockWire", "Wire", hummingbird, nioCore, serviceLifecycle,
            ], resources: [.embedInCode("openapi.yaml")]),
        module(
            "6-API/NodeClient",
            [
                "APIModels", "Chain", "Ledger", "Saga", "StrictJSON", asyncHTTPClient, nioCore,
                nioHTTP1, nioPosix,
            ]),

        // Files that people write, line by line.
        module("2-Formats/LineFiles"),
        // JSON that takes nothing for what it is not.
        module("2-Formats/StrictJSON"),

        // What looks at nodes from outside.
        // A log as its journal topic carries it.
        module("5-Evidence/JournalReader", ["Chain", "MessageBus", "Saga", "Wire"]),
        module(
            "5-Evidence/Audit",
            [
                "Chain", "Engine", "EventLog", "Ledger", "LedgerWire", "Saga", "Wire",
            ]),
        module(
            "Testing/Simulation",
            [
                "Approval", "ApprovalWire", "Chain", "Engine", "EventLog", "HistoryFile",
                "JournalReader", "Ledger", "LedgerWire", "Links", "MessageBus", "Node",
                "Randomness", "Saga", "Stock", "StockWire", "Wire", heap, logging, serviceLifecycleTestKit,
            ]),

        // Chance that follows from a seed.
        module("Testing/Randomness"),
        // Programs that giro's demo and the tests start and stop.
        module("Testing/ChildProcess", ["CProcess"]),

        // Nodes on a machine: folders, keys, settings, and the stores that they name.
        module(
            "7-Programs/Deployment",
            [
                "APIModels", "AccessControl", "Audit", "BankAPI", "BlockingIO", "Chain", "Engine",
                "EventLog", "EventLogPostgres", "EventLogSQLite", "HTTPServer", "HistoryFile",
                "Ledger", "LedgerWire", "LibPQ", "LineFiles", "MessageBus", "MessageBusKafka",
                "MessageBusSQLite", "Node", "Projection", "RDKafka", "Saga", "ShelfAPI",
                "Statements", "Stock", "StockWire", "TopicDeclarations", "Wire", logging, yams,
            ]),
        .executableTarget(
            name: "giro",
            dependencies: [
                "APIModels", "AccessControl", "Audit", "Backoff", "CProcess", "Chain",
                "ChildProcess", "Deployment", "Engine", "EventLog", "EventLogPostgres",
                "HTTPServer", "Ledger", "LedgerWire", "LibPQ", "LineFiles", "MessageBus",
                "MessageBusKafka", "Node", "NodeClient", "Randomness", "Saga",
                "Simulation", "TopicDeclarations", "Wire", argumentParser, deque, logging,
                serviceLifecycle, unixSignals,
            ], path: "Sources/7-Programs/giro", swiftSettings: settings),

        // Customers, waiting with a deadline, a log whose failures a test sets, and one of a peer.
        support(
            "Support/TestKit",
            ["Chain", "EventLog", "Ledger", "LedgerWire", "Links", "Saga", "Wire"]),
        // Real servers for tests: private folders, free ports, stopped by pid.
        support(
            "Support/TestServers", ["BlockingIO", "ChildProcess", "TestRun"],
            exclude: ["FailingCalls"]),
        // Whether this is a fast run.
        support("Support/TestRun", []),
        // What a suite needs, and whether it belongs to a fast run.
        support("Support/TestTags", ["TestRun"]),

        // The formats as protobuf's own generator writes and reads them: the codec's oracle.
        support("Support/GeneratedWire", [protobuf]),

        // librdkafka's own cluster of brokers, with faults on demand.
        support("Support/MockKafka", ["CLibrdkafka", "RDKafka"]),

        tests("Unit/SagaTests", ["Saga"]),
        tests("Unit/BackoffTests", ["Backoff"]),
        tests("Unit/LedgerTests", ["Ledger", "Randomness", "Saga", "TestKit"]),
        tests("Unit/ParticipantTests", ["Approval", "Ledger", "Saga", "Stock", "TestKit"]),
        tests(
            "Unit/WireTests",
            [
                "Approval", "ApprovalWire", "Chain", "GeneratedWire", "Ledger",
                "LedgerWire", "Randomness", "Saga", "Stock", "StockWire", "TestKit",
                "Wire", protobuf,
            ]),
        tests("Unit/ChainTests", ["Chain", "Randomness", "Saga", "Wire"]),
        tests(
            "Unit/LinksTests",
            ["Chain", "GeneratedWire", "Links", "Randomness", "Saga", "Wire", protobuf]),
        tests("Unit/LineFilesTests", ["LineFiles"]),
        tests("Unit/StrictJSONTests", ["StrictJSON"]),
        tests("Unit/BlockingIOTests", ["BlockingIO"]),
        tests("Integration/LibPQTests", ["LibPQ", "TestServers", logging]),
        tests(
            "Integration/RDKafkaTests",
            [
                "CLibrdkafka", "MockKafka", "RDKafka", "TestServers", logging,
            ]),
        tests(
            "Contracts/EventLogTests",
            [
                "Chain", "EventLog", "EventLogPostgres", "EventLogSQLite", "GeneratedWire", "LibPQ",
                "Saga", "TestKit", "TestRun", "TestServers", "Wire", grdb, protobuf,
            ]),
        tests(
            "Contracts/HistoryFileTests",
            ["Chain", "EventLog", "HistoryFile", "Saga", "TestKit", "Wire"]),
        tests(
            "Contracts/MessageBusTests",
            [
                "CLibrdkafka", "MessageBus", "MessageBusKafka", "MessageBusSQLite", "MockKafka",
                "RDKafka", "Saga", "TestRun", "TestServers", "TopicDeclarations", grdb, logging,
            ]),
        tests(
            "Unit/EngineTests",
            [
                "Approval", "ApprovalWire", "Chain", "Engine", "EventLog", "GeneratedWire",
                "JournalReader", "Ledger", "LedgerWire", "Links", "MessageBus", "Projection",
                "Randomness", "Saga", "Stock", "StockWire", "TestKit", "Wire", protobuf,
            ]),
        tests(
            "Assurance/SimulationTests",
            [
                "Engine", "Saga", "Simulation", "Stock", "StockWire", "Wire",
            ]),
        tests(
            "Integration/NodeTests",
            [
                "Backoff", "Chain", "ChildProcess", "Engine", "EventLog", "EventLogPostgres",
                "HistoryFile", "JournalReader", "Ledger", "LedgerWire", "Links", "MessageBus",
                "Node", "Projection", "Saga", "TestKit", "TestServers", "TestTags", "Wire",
            ]),
        tests(
            "Integration/NodeAPITests",
            [
                "APIModels", "AccessControl", "Approval", "ApprovalWire", "BankAPI", "Chain",
                "Engine", "EventLog", "HTTPServer", "HistoryFile", "Ledger", "LedgerWire", "Links",
                "MessageBus", "Node", "NodeClient", "Projection", "PrometheusText", "Saga",
                "ShelfAPI", "Statements", "Stock", "StockWire", "StrictJSON", "TestKit", "Wire",
                coreMetrics, grdb, hummingbird, hummingbirdTesting, logging, nioCore, nioPosix,
                serviceLifecycle, yams,
            ]),
        tests(
            "System/CommandTests",
            [
                "APIModels", "AccessControl", "Audit", "Chain", "ChildProcess", "Deployment",
                "Engine", "EventLog", "JournalReader", "Ledger", "LedgerWire", "MessageBus",
                "MessageBusSQLite", "Node", "NodeClient", "Saga", "TestKit", "TestServers",
                "Wire", "giro", argumentParser, grdb, logging,
            ]),
        tests(
            "Assurance/FuzzTests",
            [
                "APIModels", "AccessControl", "Approval", "ApprovalWire", "BankAPI", "Chain",
                "Deployment", "Engine", "EventLog", "HTTPServer", "HistoryFile", "JournalReader",
                "Ledger", "LedgerWire", "LineFiles", "Links", "MessageBus", "Node", "Randomness",
                "Saga", "Stock", "StockWire", "StrictJSON", "TestKit", "TopicDeclarations", "Wire",
                "giro", hummingbird, hummingbirdTesting, logging, nioCore, serviceLifecycle, yams,
            ], exclude: ["Corpus"]),
        tests("Assurance/ModelTests", ["ChildProcess", "Saga", "TestServers"]),
        // Attacks on banks as they are run in production: deploy/chaos.
        support(
            "Assurance/Chaos",
            [
                "APIModels", "Audit", "Chain", "ChildProcess", "Engine", "EventLog",
                "EventLogPostgres", "JournalReader", "Ledger", "LedgerWire", "MessageBus",
                "MessageBusKafka", "NodeClient", "RDKafka", "Randomness", "Saga", "TestKit",
                "TestServers", "Wire",
                logging,
            ]),
        .executableTarget(
            name: "giro-chaos", dependencies: ["Chaos", argumentParser],
            path: "Tests/Assurance/ChaosProgram", swiftSettings: settings),
        tests(
            "Assurance/ChaosTests",
            [
                "APIModels", "Chain", "Chaos", "ChildProcess", "Ledger", "MessageBus", "Saga",
                "TestKit", "TestServers",
            ]),
        tests("Style/TidyTests", ["ChildProcess", yams]),
    ],
    swiftLanguageModes: [.v6]
)
