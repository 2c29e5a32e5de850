import Foundation
import RDKafka
import TestServers
import TestTags
import Testing

@Suite(.tags(.kafka, .slow)) struct MemoryTests {
    /// What is leaked for each record, and be it a header or a report, shows in a million.
    @Test
    func `A million records sent and read take no more memory than the first hundred thousand`()
        async throws
    {
        try await withBroker(.noida) { broker in
            let options = ClientOptions(bootstrapServers: broker.address)
            let admin = try await Admin.open(options, logger: quiet)
            try await admin.create([NewTopic(name: "t")])
            await admin.close()
            let consumer = try await Consumer.open(topic: "t", options, logger: quiet)
            _ = try await consumer.partitionCount()
            try await consumer.start(at: 0)
            let batch = (0..<10_000).map { number in
                KafkaMessage(
                    key: [1], headers: [.init(name: "h", value: [2, 3])],
                    value: Array("record \(number)".utf8))
            }
            try await withProducer(options) { producer in
                var settled = 0
                for round in 0..<100 {
                    let deliveries = try await producer.send(batch, to: "t")
                    #expect(deliveries.last?.offset == Int64(round * 10_000 + 9_999))
                    var read = 0
                    while read < batch.count {
                        let fetched = try await consumer.messages(
                            atMost: 10_000, until: .now + .seconds(20))
                        try #require(!fetched.messages.isEmpty)
                        read += fetched.messages.count
                    }
                    if round == 9 { settled = try residentBytes() }
                }
                // 100 bytes for each of the other 900,000 would be 90 MB.
                #expect(try residentBytes() - settled < 40 << 20)
            }
            await consumer.close()
        }
    }
}

/// This process's memory, from /proc/self/statm (proc(5)): its second number counts pages.
private func residentBytes() throws -> Int {
    let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        .split(separator: " ")
    return try #require(Int(words[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
