import Foundation
import Logging
import MessageBus
import MessageBusKafka
import MessageBusSQLite
import RDKafka
import Saga
import Synchronization
import TestRun
import TestServers

/// The buses that keep the contract: add a case, and every claim is tested against it too.
enum BusKind: CaseIterable, Sendable {
    case inMemory, sqlite
    /// Another bus, under longer names of topics.
    case prefixed
    /// Kafka's protocol, spoken by one of two brokers.
    case noida, tansu

    /// Tansu is left out where the library cannot speak to it; `TansuTests` says so. A fast run
    /// starts no broker.
    static var allCases: [BusKind] {
        let brokers: [BusKind] = librarySpeaksToTansu ? [.noida, .tansu] : [.noida]
        return [.inMemory, .sqlite, .prefixed] + (FastRun.isOn ? [] : brokers)
    }

    /// Where old records can go: Tansu keeps all it has, and cannot be told to remove any.
    static let expiring = allCases.filter { $0 != .tansu }

    /// The broker of a bus on Kafka.
    var broker: BrokerServer.Kind? {
        switch self {
        case .noida: .noida
        case .tansu: .tansu
        case .inMemory, .sqlite, .prefixed: nil
        }
    }
}

/// A new bus with the topic ``topic``, and what a test may do to it.
struct BusUnderTest: Sendable {
    let bus: any MessageBus
    /// Another handle on the same bus, as another process has it.
    let second: any MessageBus
    /// Everything the bus holds is lost. The topics may be, too.
    let wipe: @Sendable () async throws -> Void
    /// All records published so far, but the newest, grow too old to be kept.
    let expireAllButNewest: @Sendable () async throws -> Void
}

/// The brokers of the tests are one each.
let topic = Topic(name: "transfers.bank-a.bank-b", retention: .seconds(3_600), replication: 1)
let otherTopic = Topic(name: "journal.bank-a", retention: nil, replication: 1)

/// Longer than any test may take: a wait that lasts so long has missed its wake-up.
let longWait = Duration.seconds(60)

/// Calls `test` with a bus that is closed afterwards.
func withBus(_ kind: BusKind, _ test: (BusUnderTest) async throws -> Void) async throws {
    switch kind {
    case .inMemory:
        let bus = InMemoryMessageBus()
        try await bus.create([topic])
        try await test(
            BusUnderTest(
                bus: bus, second: bus,
                wipe: { bus.empty() },
                expireAllButNewest: {
                    let end = try await bus.offsets(of: topic.name).upperBound
                    bus.removeRecords(before: end - 1, in: topic.name)
                }))
        await bus.close()
    case .prefixed:
        let carrier = InMemoryMessageBus()
        let bus = PrefixedMessageBus(carrier, prefix: "test.")
        try await bus.create([topic])
        try await test(
            BusUnderTest(
                bus: bus, second: PrefixedMessageBus(carrier, prefix: "test."),
                wipe: { carrier.empty() },
                expireAllButNewest: {
                    let name = "test." + topic.name
                    let end = try await carrier.offsets(of: name).upperBound
                    carrier.removeRecords(before: end - 1, in: name)
                }))
        await bus.close()
    case .sqlite:
        try await withFolder { folder in
            let clock = TestClock()
            let bus = try await SQLiteMessageBus.open(at: folder) { clock.now }
            let second = try await SQLiteMessageBus.open(at: folder) { clock.now }
            try await bus.create([topic])
            try await test(
                BusUnderTest(
                    bus: bus, second: second,
                    wipe: { try removeContents(of: folder) },
                    expireAllButNewest: {
                        clock.advance(by: .seconds(3_601))
                        try await bus.publish([record("newest")], to: topic.name)
                    }))
            await bus.close()
            await second.close()
        }
    case .noida, .tansu:
        guard let broker = kind.broker else { return }
        try await withKafkaBus(broker, test)
    }
}

private func withKafkaBus(
    _ kind: BrokerServer.Kind, _ test: (BusUnderTest) async throws -> Void
) async throws {
    try await withBroker(kind) { broker in
        let options = KafkaOptions(client: ClientOptions(bootstrapServers: broker.address))
        let bus = try await KafkaMessageBus.open(options, logger: quiet)
        let second = try await KafkaMessageBus.open(options, logger: quiet)
        let admin = try await Admin.open(options.client, logger: quiet)
        try await bus.create([topic])
        // Where it dates records itself, noida writes them again and keeps one header of a name.
        // Kafka only sets the batch's date.
        if kind == .noida {
            try await admin.alter(
                topic.name, settings: ["message.timestamp.type": "CreateTime"])
        }
        try await test(
            BusUnderTest(
                bus: bus, second: second,
                wipe: { try await broker.wipe() },
                expireAllButNewest: {
                    let end = try await bus.offsets(of: topic.name).upperBound
                    try await admin.removeRecords(before: end - 1, in: topic.name)
                }))
        await admin.close()
        await bus.close()
        await second.close()
    }
}

/// Says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Calls `test` with the path of a new folder that is removed afterwards.
func withFolder(_ test: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/giro-bus-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await test(folder)
}

func removeContents(of folder: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
        try FileManager.default.removeItem(atPath: folder + "/" + name)
    }
}

/// A wall clock that goes only when a test says so.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_700_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }

    func advance(by duration: Duration) {
        moment.withLock { $0 = $0 + duration }
    }
}

func record(_ text: String) -> Record {
    Record(key: [], headers: [], value: Array(text.utf8))
}

func records(_ prefix: String, _ numbers: Range<Int>) -> [Record] {
    numbers.map { record("\(prefix) \($0)") }
}

func text(_ delivered: DeliveredRecord) -> String {
    String(decoding: delivered.record.value, as: UTF8.self)
}

extension MessageBus {
    /// What the topic holds from its first record on.
    func contents(of topic: Topic) async throws -> [DeliveredRecord] {
        try await records(
            in: topic.name, from: offsets(of: topic.name).lowerBound, recordsMax: 1_000_000,
            wait: .zero)
    }

    /// One look without waiting.
    func look(at offset: Int64, recordsMax: Int = 100) async throws(BusError) -> [DeliveredRecord] {
        try await records(in: topic.name, from: offset, recordsMax: recordsMax, wait: .zero)
    }
}

/// The code of the error that `work` throws; `nil` if it throws none.
func errorCode(_ work: () async throws(BusError) -> Void) async -> BusError.Code? {
    do throws(BusError) {
        try await work()
        return nil
    } catch {
        return error.code
    }
}
