import Logging
import RDKafka

/// Says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func message(_ text: String) -> KafkaMessage {
    KafkaMessage(key: nil, value: Array(text.utf8))
}

func messages(_ numbers: Range<Int>) -> [KafkaMessage] {
    numbers.map { message("\($0)") }
}

func text(_ fetched: FetchedMessage) -> String {
    String(decoding: fetched.message.value ?? [], as: UTF8.self)
}

/// Calls `test` with a producer that is closed afterwards.
func withProducer<Value>(
    _ options: ClientOptions, _ test: (Producer) async throws -> Value
) async throws -> Value {
    let producer = try await Producer.open(options, logger: quiet)
    do {
        let value = try await test(producer)
        await producer.close()
        return value
    } catch {
        await producer.close()
        throw error
    }
}

/// All that the topic holds.
func contents(of topic: String, _ options: ClientOptions) async throws -> [FetchedMessage] {
    let consumer = try await Consumer.open(topic: topic, options, logger: quiet)
    var found: [FetchedMessage] = []
    do {
        _ = try await consumer.partitionCount()
        let held = try await consumer.watermarks()
        try await consumer.start(at: held.lowerBound)
        let deadline = ContinuousClock.now + .seconds(20)
        while held.lowerBound + Int64(found.count) < held.upperBound,
            ContinuousClock.now < deadline
        {
            found += try await consumer.messages(atMost: 10_000, until: deadline).messages
        }
    } catch {
        await consumer.close()
        throw error
    }
    await consumer.close()
    return found
}

/// The error that `work` throws; `nil` if it throws none.
func kafkaError(_ work: () async throws(KafkaError) -> Void) async -> KafkaError? {
    do throws(KafkaError) {
        try await work()
        return nil
    } catch {
        return error
    }
}
