import Chain
import MessageBus
import Saga

/// A process's connection to the broker.
///
/// After every restart of the broker each topic's reader and each topic's writer get one error, as
/// from a connection that broke. Confined to the simulation's thread.
final class BusConnection<S: Scenario>: MessageBus, @unchecked Sendable {
    private let process: Process<S>
    private let world: World<S>
    /// Which start of the broker the readers and writers of a topic have seen.
    private var readers: [String: Int] = [:]
    private var writers: [String: Int] = [:]

    init(_ process: Process<S>, _ world: World<S>) {
        self.process = process
        self.world = world
    }

    func create(_ topics: [Topic]) async throws(BusError) {}

    func publish(
        _ records: [Record], to topic: String
    ) async throws(BusError) -> Int64? {
        try await call()
        try connect(&writers, topic, world.broker.startsForWriters)
        guard world.dice.chance(world.faults.publicationFailed) else {
            for record in records { world.post(record, to: topic, from: process) }
            try await call()
            return try world.broker.storage.offsets(of: topic).upperBound - 1
        }
        world.count(\.publicationsFailed)
        let published = world.dice.index(below: records.count + 1)
        for record in records.prefix(published) {
            world.post(record, to: topic, from: process)
        }
        throw .unanswered
    }

    func records(
        in topic: String, from offset: Int64, recordsMax: Int, wait: Duration
    ) async throws(BusError) -> [DeliveredRecord] {
        try await call()
        let number = world.broker.newWait()
        var isPatient = wait > .zero
        if isPatient {
            world.plan(after: wait.microseconds) { [world] in
                isPatient = false
                world.broker.stopWaiting(number)
            }
        }
        while true {
            guard process.isAlive else { throw .closed }
            try connect(&readers, topic, world.broker.starts)
            let records = try world.broker.storage.records(
                in: topic, from: offset, recordsMax: min(recordsMax, world.pageMax))
            guard records.isEmpty, isPatient, !Task.isCancelled else {
                world.read(records, from: topic, by: process)
                return records
            }
            await waitForNext(number, topic)
        }
    }

    func offsets(of topic: String) async throws(BusError) -> Range<Int64> {
        try await call()
        try connect(&readers, topic, world.broker.starts)
        return try world.broker.storage.offsets(of: topic)
    }

    func close() async {}

    private func waitForNext(_ number: Int, _ topic: String) async {
        let alarm = Alarm { [world] in world.broker.stopWaiting(number) }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                world.broker.wait(number, for: topic, continuation)
            }
        } onCancel: {
            alarm.ring()
        }
    }

    private func call() async throws(BusError) {
        guard process.isAlive else { throw .closed }
        await world.pause(for: 100...3_000)
        world.mayCrash(process)
        guard process.isAlive else { throw .closed }
    }

    private func connect(
        _ seen: inout [String: Int], _ topic: String, _ starts: Int
    ) throws(BusError) {
        guard !world.broker.isDown else { throw .unanswered }
        guard seen.updateValue(starts, forKey: topic) ?? starts == starts else {
            throw .unanswered
        }
    }
}

extension BusError {
    static let unanswered = BusError(.unavailable, "The simulated broker does not answer.")
}
