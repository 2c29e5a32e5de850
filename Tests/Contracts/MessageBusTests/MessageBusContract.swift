import MessageBus
import Testing

/// What every bus promises.
@Suite struct MessageBusContract {
    @Test(arguments: BusKind.allCases)
    func `Records come back in the order of publishing, at dense offsets from 0`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            #expect(try await it.bus.offsets(of: topic.name) == 0..<0)
            try await it.bus.publish(records("first", 0..<3), to: topic.name)
            try await it.second.publish(records("second", 0..<2), to: topic.name)

            let found = try await it.bus.contents(of: topic)
            #expect(found.map(\.offset) == [0, 1, 2, 3, 4])
            #expect(found.map(text) == ["first 0", "first 1", "first 2", "second 0", "second 1"])
            #expect(try await it.second.offsets(of: topic.name) == 0..<5)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A reader gets at most as many records as it asked for, from where it asked`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            try await it.bus.publish(records("r", 0..<10), to: topic.name)
            let found = try await it.bus.look(at: 4, recordsMax: 3)
            #expect(found.map(\.offset) == [4, 5, 6])
            #expect(found.map(text) == ["r 4", "r 5", "r 6"])
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Of large records a reader gets no more at once than their bytes allow`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            let (few, many) = ([7] as [UInt8], [UInt8](repeating: 7, count: 900_000))
            let large = (0..<24 as Range<UInt8>).map { number in
                // The bytes may stand in a header as well.
                let (header, value) = number % 2 == 0 ? (few, many) : (many, few)
                return Record(
                    key: [number], headers: [.init(name: "n", value: header)], value: value)
            }
            for part in [large[..<12], large[12...]] {
                try await it.bus.publish(Array(part), to: topic.name)
            }
            for wait in [Duration.zero, .seconds(10)] {
                var found: [DeliveredRecord] = []
                while found.count < large.count {
                    let more = try await it.second.records(
                        in: topic.name, from: Int64(found.count), recordsMax: 1_000, wait: wait)
                    try #require(!more.isEmpty)
                    #expect(more.reduce(0) { $0 + $1.record.byteCount } <= BusReading.bytesMax)
                    found += more
                }
                #expect(found.map(\.record.key) == large.map(\.key))
                #expect(found.map(\.offset) == Array(0..<24))
            }
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Publishing tells the offset of the last record`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let third = try await it.bus.publish(records("r", 0..<3), to: topic.name)
            let fourth = try await it.second.publish([record("next")], to: topic.name)
            let none = try await it.bus.publish([], to: topic.name)
            #expect(third == 2 && fourth == 3 && none == nil)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Publishing nothing changes nothing`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            try await it.bus.publish([], to: topic.name)
            #expect(try await it.bus.offsets(of: topic.name) == 0..<0)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Creating a topic that exists leaves its records`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            try await it.bus.publish([record("kept")], to: topic.name)
            try await it.second.create([topic, otherTopic])
            #expect(try await it.bus.contents(of: topic).map(text) == ["kept"])
            #expect(try await it.bus.offsets(of: otherTopic.name) == 0..<0)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Topics do not see each other's records`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            try await it.bus.create([otherTopic])
            try await it.bus.publish([record("one")], to: topic.name)
            try await it.bus.publish([record("other")], to: otherTopic.name)
            #expect(try await it.second.contents(of: topic).map(text) == ["one"])
            #expect(try await it.second.contents(of: otherTopic).map(text) == ["other"])
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Concurrent publishers lose nothing and keep their own order`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            let batches = 25
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, bus) in [("a", it.bus), ("b", it.second), ("c", it.bus)] {
                    group.addTask {
                        for batch in 0..<batches {
                            let numbers = (batch * 4)..<(batch * 4 + 4)
                            try await bus.publish(records(name, numbers), to: topic.name)
                        }
                    }
                }
                try await group.waitForAll()
            }

            let found = try await it.bus.contents(of: topic)
            #expect(found.map(\.offset) == Array(0..<Int64(batches * 4 * 3)))
            for name in ["a", "b", "c"] {
                let own = found.map(text).filter { $0.hasPrefix(name) }
                #expect(own == (0..<(batches * 4)).map { "\(name) \($0)" })
            }
            // A batch is never cut by another publisher's records. Kafka keeps a request together,
            // and one bus its batches; between two buses a batch may be cut.
            let uncut = kind.broker == nil ? found : found.filter { !text($0).hasPrefix("b") }
            for start in stride(from: 0, to: uncut.count, by: 4) {
                #expect(Set(uncut[start..<(start + 4)].map { text($0).prefix(1) }).count == 1)
            }
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Keys, headers and values come back byte for byte`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let large = (0..<200 * 1_024).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
            let published = [
                Record(key: [], headers: [], value: []),
                Record(
                    key: [0, 255, 0],
                    headers: [
                        .init(name: "twice", value: [1]), .init(name: "twice", value: [2]),
                        .init(name: "", value: []), .init(name: "größe", value: large),
                    ],
                    value: large),
                Record(key: large, headers: [.init(name: "zero", value: [0])], value: [0]),
            ]
            try await it.bus.publish(published, to: topic.name)
            #expect(try await it.second.contents(of: topic).map(\.record) == published)
            #expect(published[1].header("twice") == [1])
        }
    }
}

/// Readers that wait.
extension MessageBusContract {
    @Test(arguments: BusKind.allCases)
    func `A waiting reader wakes when another handle publishes`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let start = ContinuousClock.now
            // Sometimes the reader waits first, sometimes the record is there first: a wake-up
            // that got lost in between would last longer than all rounds may.
            for round in 0..<200 as Range<Int64> {
                async let found = it.bus.records(
                    in: topic.name, from: round, recordsMax: 10, wait: longWait)
                if round % 2 == 0 { await Task.yield() }
                try await it.second.publish([record("round \(round)")], to: topic.name)
                let read = try await found
                #expect(read.map(text) == ["round \(round)"])
            }
            #expect(ContinuousClock.now - start < longWait)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `Every waiting reader wakes`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let start = ContinuousClock.now
            async let one = it.bus.records(
                in: topic.name, from: 0, recordsMax: 1, wait: longWait)
            async let two = it.bus.records(
                in: topic.name, from: 0, recordsMax: 1, wait: longWait)
            async let three = it.second.records(
                in: topic.name, from: 0, recordsMax: 1, wait: longWait)
            try await it.bus.publish([record("for all")], to: topic.name)
            let found = try await [one, two, three]
            #expect(found.map { $0.map(text) } == Array(repeating: ["for all"], count: 3))
            #expect(ContinuousClock.now - start < longWait)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A wait that runs out ends with no records, and not before its time`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            let start = ContinuousClock.now
            let found = try await it.bus.records(
                in: topic.name, from: 0, recordsMax: 1, wait: .milliseconds(50))
            #expect(found.isEmpty)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A cancelled wait ends promptly with no records`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let start = ContinuousClock.now
            for round in 0..<50 {
                let reading = Task {
                    try await it.bus.records(
                        in: topic.name, from: 0, recordsMax: 1, wait: longWait)
                }
                for _ in 0..<round { await Task.yield() }
                reading.cancel()
                let found = try await reading.value
                #expect(found.isEmpty)
            }
            #expect(ContinuousClock.now - start < longWait)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A cancelled publisher has published`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let publishing = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await it.bus.publish([record("asked for")], to: topic.name)
            }
            try await publishing.value
            #expect(try await it.bus.contents(of: topic).map(text) == ["asked for"])
        }
    }
}

/// What goes wrong.
extension MessageBusContract {
    @Test(arguments: BusKind.allCases)
    func `An offset after the end or before 0 is out of range, the end itself is not`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            try await it.bus.publish(records("r", 0..<2), to: topic.name)
            #expect(try await it.bus.look(at: 2).isEmpty)
            for offset in [-1, 3, .max, .min] as [Int64] {
                #expect(
                    await errorCode { () throws(BusError) in
                        _ = try await it.bus.look(at: offset)
                    } == .offsetOutOfRange)
            }
        }
    }

    @Test(arguments: BusKind.expiring)
    func `The offset of an expired record is out of range, and offsets continue`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            try await it.bus.publish(records("old", 0..<3), to: topic.name)
            try await it.expireAllButNewest()
            let offsets = try await it.second.offsets(of: topic.name)
            #expect(offsets.count == 1)
            #expect(offsets.upperBound >= 3)
            for expired in 0..<offsets.lowerBound {
                #expect(
                    await errorCode { () throws(BusError) in
                        _ = try await it.bus.look(at: expired)
                    } == .offsetOutOfRange)
            }
            #expect(
                try await it.bus.look(at: offsets.lowerBound).map(\.offset)
                    == [offsets.lowerBound])
            try await it.bus.publish([record("next")], to: topic.name)
            #expect(try await it.bus.look(at: offsets.upperBound).map(text) == ["next"])
        }
    }

    @Test(
        arguments: BusKind.allCases,
        ["journal.nobody", "", "..", "../transfers.bank-a.bank-b", "a/b"])
    func `A topic that does not exist is missing`(kind: BusKind, name: String) async throws {
        try await withBus(kind) { it in
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.publish([record("r")], to: name)
                } == .topicMissing)
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.records(in: name, from: 0, recordsMax: 1, wait: longWait)
                } == .topicMissing)
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.offsets(of: name)
                } == .topicMissing)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A bus that was emptied and comes back starts at offset 0`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            for round in 0..<3 {
                try await it.bus.publish(records("r", 0..<5), to: topic.name)
                #expect(try await it.second.contents(of: topic).count == 5)

                try await it.wipe()
                try await it.second.create([topic])
                #expect(
                    await errorCode { () throws(BusError) in
                        _ = try await it.bus.look(at: 5)
                    } == .offsetOutOfRange)
                #expect(try await it.bus.offsets(of: topic.name) == 0..<0)
                try await it.bus.publish([record("new \(round)")], to: topic.name)
                #expect(try await it.second.contents(of: topic).map(text) == ["new \(round)"])
                #expect(try await it.bus.look(at: 0).map(\.offset) == [0])

                try await it.wipe()
                try await it.bus.create([topic])
            }
        }
    }

    @Test(arguments: BusKind.allCases)
    func `A waiting reader gets an error when the bus is emptied`(kind: BusKind) async throws {
        try await withBus(kind) { it in
            let start = ContinuousClock.now
            for round in 0..<20 {
                try await it.bus.publish(records("r", 0..<5), to: topic.name)
                let reading = Task {
                    var code: BusError.Code?
                    repeat {
                        code = await errorCode { () throws(BusError) in
                            _ = try await it.second.records(
                                in: topic.name, from: 5, recordsMax: 1, wait: longWait)
                        }
                        // A look at a half-emptied bus may fail, and then is tried again.
                    } while code == .unavailable
                    return code
                }
                for _ in 0..<round { await Task.yield() }
                try await it.wipe()
                let code = try #require(await reading.value)
                #expect([.topicMissing, .offsetOutOfRange].contains(code))
                try await it.bus.create([topic])
            }
            #expect(ContinuousClock.now - start < longWait)
        }
    }

    @Test(arguments: BusKind.allCases)
    func `After closing, every call says so, and so do readers that waited`(
        kind: BusKind
    ) async throws {
        try await withBus(kind) { it in
            let waiting = Task {
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.records(
                        in: topic.name, from: 0, recordsMax: 1, wait: longWait)
                }
            }
            await Task.yield()
            await it.bus.close()
            await it.bus.close()
            #expect(await waiting.value == .closed)
            #expect(
                await errorCode { () throws(BusError) in
                    try await it.bus.create([otherTopic])
                } == .closed)
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.publish([record("r")], to: topic.name)
                } == .closed)
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.look(at: 0)
                } == .closed)
            #expect(
                await errorCode { () throws(BusError) in
                    _ = try await it.bus.offsets(of: topic.name)
                } == .closed)
        }
    }
}
