// swift-tools-version: 6.2
import PackageDescription

// What `deploy/mutants` builds: copies of the modules that a simulation is made of, with all
// mutants' patches applied, and the program that hunts for them. Giro's own package knows nothing
// of it. It takes Giro's own `Package.resolved`, so that both are built from the same versions.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let serviceLifecycleTestKit = Target.Dependency.product(
    name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "mutants",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        module("Saga"),
        module("Randomness"),
        module("Ledger", ["Saga"]),
        module("Stock", ["Saga"]),
        module("Approval", ["Saga"]),
        module("Wire", ["Saga", "Ledger", "Stock", "Approval", crypto, protobuf]),
        module("EventLog", ["Saga", "Wire", crypto, protobuf]),
        module("MessageBus", ["Saga", yams]),
        module("Engine", ["Saga", "Wire", "EventLog", "MessageBus", heap, protobuf]),
        module(
            "Node",
            ["Engine", "Saga", "Wire", "EventLog", "MessageBus", logging, serviceLifecycle]),
        module(
            "Simulation",
            [
                "Node", "Engine", "Approval", "Ledger", "Stock", "Saga", "Wire", "EventLog",
                "MessageBus", "Randomness", heap, logging, serviceLifecycleTestKit,
            ]),
        .executableTarget(
            name: "hunt", dependencies: ["Saga", "Simulation"], path: "Sources/Hunt",
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
