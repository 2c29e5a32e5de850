import CLibrdkafka
import Logging
import MessageBus
import MessageBusKafka
import MockKafka
import RDKafka
import Synchronization
import TestTags
import Testing

/// What a bus says to errors that only brokers with rights, replicas and limits make: they are
/// librdkafka's mock cluster's here.
@Suite(.tags(.kafka, .slow), .onlyInFullRuns) struct KafkaMockTests {
    private func withMock(
        brokers: Int = 1, user: String? = nil, publishTimeout: Duration = .seconds(30),
        _ test: (MockCluster, KafkaMessageBus, Lines) async throws -> Void
    ) async throws {
        try await withCluster(brokers: brokers) { cluster in
            cluster.create("transfers.bank-a.bank-b", replicas: brokers)
            var client = cluster.options
            client.clientID = "giro.bank-a"
            client.requestTimeout = .seconds(3)
            client.settings["sasl.username"] = user
            let lines = Lines()
            let bus = try await KafkaMessageBus.open(
                KafkaOptions(client: client, publishTimeout: publishTimeout), logger: lines.logger)
            do {
                try await test(cluster, bus, lines)
                await bus.close()
            } catch {
                await bus.close()
                throw error
            }
        }
    }

    private func failure(_ work: () async throws(BusError) -> Void) async -> BusError? {
        do throws(BusError) {
            try await work()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [nil, "alice"])
    func `A missing right to write names the bank, the right, the topic and the user`(
        user: String?
    ) async throws {
        try await withMock(user: user) { cluster, bus, _ in
            _ = try await bus.publish([record("first")], to: "transfers.bank-a.bank-b")
            cluster.fail(.produce, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
            let error = await failure { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            }
            #expect(error?.code == .notAuthorized)
            #expect(
                error?.message == """
                    bank-a may not write to transfers.bank-a.bank-b: grant WRITE on topic \
                    transfers.bank-a.bank-b to \(user.map { "User:\($0)" } ?? "this user")
                    """)
            // Once it is granted, the bus works again.
            _ = try await bus.publish([record("after")], to: "transfers.bank-a.bank-b")
        }
    }

    @Test
    func `A topic that a user may not even see is not written and not read for want of a right`()
        async throws
    {
        try await withMock { cluster, bus, _ in
            cluster.fail(
                topic: "transfers.bank-a.bank-b",
                with: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            let written = await failure { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            }
            #expect(written?.code == .notAuthorized)
            #expect(
                written?.message.contains("grant WRITE on topic transfers.bank-a.bank-b") == true)
            let read = await failure { () throws(BusError) in
                _ = try await bus.offsets(of: "transfers.bank-a.bank-b")
            }
            #expect(read?.code == .notAuthorized)
            #expect(
                read?.message == """
                    bank-a may not read transfers.bank-a.bank-b: grant READ on topic \
                    transfers.bank-a.bank-b to this user
                    """)
        }
    }

    @Test
    func `Brokers that ask for a right on the cluster are called that`() async throws {
        try await withMock { cluster, bus, _ in
            cluster.fail(
                .initProducer,
                with: Array(repeating: RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, count: 9))
            let error = await failure { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            }
            #expect(error?.code == .notAuthorized, "\(String(describing: error))")
            #expect(
                error?.message.contains("IDEMPOTENT_WRITE on the cluster") == true,
                "\(String(describing: error))")
        }
    }

    @Test
    func `Batches that are too large are published in smaller ones, each record once`()
        async throws
    {
        try await withMock { cluster, bus, lines in
            cluster.fail(
                .produce, with: Array(repeating: RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, count: 2))
            let sent = records("r", 0..<500)
            let last = try await bus.publish(sent, to: "transfers.bank-a.bank-b")
            #expect(last == 499)
            let found = try await bus.records(
                in: "transfers.bank-a.bank-b", from: 0, recordsMax: 1_000, wait: .zero)
            #expect(found.map(text) == (0..<500).map { "r \($0)" })
            let told = lines.all.filter { $0.message.contains("max.message.bytes") }
            #expect(told.map { $0.metadata["batch.size"] } == ["250000", "62500"])
        }
    }

    @Test
    func `A record that is too large alone names the setting`() async throws {
        try await withMock { cluster, bus, _ in
            cluster.fail(
                .produce, with: Array(repeating: RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, count: 20))
            let error = await failure { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            }
            #expect(error?.code == .recordTooLarge)
            #expect(
                error?.message.contains(
                    "a record is larger than transfers.bank-a.bank-b accepts") == true)
            #expect(error?.message.contains("raise max.message.bytes of the topic") == true)
        }
    }

    @Test
    func `A topic whose leader does not answer fails no publish to another topic`() async throws {
        try await withMock(brokers: 2, publishTimeout: .seconds(2)) { cluster, bus, _ in
            let (sick, sound) = ("transfers.bank-a.hub", "transfers.bank-a.bank-b")
            cluster.create(sick, replicas: 2)
            cluster.moveLeader(of: sick, to: 1)
            cluster.moveLeader(of: sound, to: 2)
            for topic in [sick, sound] { _ = try await bus.publish([record("0")], to: topic) }
            cluster.setRoundTrip(milliseconds: 60_000, broker: 1)
            // So that one is always on its way when the other is given up.
            cluster.setRoundTrip(milliseconds: 100, broker: 2)
            async let lost = failure { () throws(BusError) in
                _ = try await bus.publish([record("lost")], to: sick)
            }
            for number in 1...40 {
                let offset = try await bus.publish([record("\(number)")], to: sound)
                #expect(offset == Int64(number))
            }
            #expect(await lost?.code == .unavailable)
        }
    }

    @Test(arguments: [
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ])
    func `Lost replicas are named within seconds, and again when they are back`(
        code: rd_kafka_resp_err_t
    ) async throws {
        try await withMock(brokers: 3) { cluster, bus, lines in
            cluster.fail(.produce, with: Array(repeating: code, count: 100_000))
            async let published = bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            let begin = ContinuousClock.now
            let line = try await lines.first { $0.message.contains("acknowledge nothing") }
            #expect(ContinuousClock.now - begin < .seconds(8))
            #expect(line.level == .warning)
            #expect(line.metadata["topic"] == "transfers.bank-a.bank-b")
            cluster.clearErrors(of: .produce)
            #expect(try await published == 0)
            #expect(lines.all.contains { $0.message == "the brokers acknowledge again" })
        }
    }

    @Test
    func `A broker that does not answer is named within seconds`() async throws {
        try await withMock(publishTimeout: .seconds(12)) { cluster, bus, lines in
            _ = try await bus.publish([record("first")], to: "transfers.bank-a.bank-b")
            cluster.setRoundTrip(milliseconds: 60_000)
            async let failed = failure { () throws(BusError) in
                _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            }
            let line = try await lines.first { $0.message.contains("acknowledge nothing") }
            #expect("\(line.metadata["reason"] ?? "")".contains("metadata request for"))
            let error = await failed
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("metadata request for") == true)
            #expect(error?.message.contains("some of the records may be in the topic") == true)
            cluster.setRoundTrip(milliseconds: 0)
        }
    }

    @Test
    func `A leader that is not there yet is waited for`() async throws {
        try await withMock(brokers: 3) { cluster, bus, _ in
            cluster.fail(
                .produce, with: Array(repeating: RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, count: 3))
            _ = try await bus.publish([record("r")], to: "transfers.bank-a.bank-b")
            #expect(try await bus.offsets(of: "transfers.bank-a.bank-b") == 0..<1)
        }
    }
}

/// Log lines that a test looks at.
final class Lines: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata
    }

    private let lines = Mutex<[Line]>([])

    var all: [Line] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    /// Waits for a line, with a deadline.
    func first(where isWanted: (Line) -> Bool) async throws -> Line {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            if let line = all.first(where: isWanted) { return line }
            try #require(ContinuousClock.now < deadline, "no such line: \(all)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(lines: Lines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:])
            lines.lines.withLock { $0.append(line) }
        }
    }
}
