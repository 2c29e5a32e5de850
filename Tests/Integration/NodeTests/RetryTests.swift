import Backoff
import Logging
import MessageBus
import Saga
import Synchronization
import Testing

@testable import Node

struct RetryTests {
    private func series() -> FailureSeries {
        FailureSeries(Backoff(from: .milliseconds(100), upTo: .seconds(5)))
    }

    @Test("Pauses double up to their limit, and only success sets them back")
    func pauses() {
        var series = series()
        let pauses = (0..<8).map { series.fail(kind: "a", passes: true, at: .seconds($0)).pause }
        #expect(
            pauses == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000].map { .milliseconds($0) })
        series.succeed()
        #expect(series.fail(kind: "a", passes: true, at: .seconds(9)).pause == .milliseconds(100))
    }

    @Test("An hour of failures, one a second, makes few lines")
    func hour() {
        var series = series()
        let lines = (0..<3_600).filter {
            series.fail(kind: "a", passes: true, at: .seconds($0)).line != nil
        }
        #expect(lines.prefix(6) == [0, 2, 6, 14, 30, 62])
        #expect(lines.count < 16)
        #expect(series.failures == 3_600)
    }

    @Test("What passes within two seconds is a note, what lasts or needs a person is a warning")
    func levels() {
        var series = series()
        #expect(series.fail(kind: "a", passes: true, at: .zero).line == .note)
        #expect(series.fail(kind: "a", passes: true, at: .seconds(1)).line == nil)
        #expect(series.fail(kind: "b", passes: false, at: .seconds(1)).line == .warning)
        #expect(series.fail(kind: "b", passes: false, at: .seconds(1)).line == nil)
        #expect(series.fail(kind: "a", passes: true, at: .seconds(2)).line == .warning)
    }

    @Test("Alternating failures are logged once each, however many kinds there are")
    func turns() {
        var series = series()
        let lines = (0..<100).filter {
            series.fail(kind: "\($0 % 20)", passes: false, at: .milliseconds($0)).line != nil
        }
        #expect(lines.count == 8)
    }

    @Test("A retrier tells the first failure, and its end with the number of failures")
    func retrier() async throws {
        let lines = Lines()
        var clock = NodeClock.system
        clock.sleep = { _ in }
        var retrier = Retrier(
            NodeSettings(), clock, lines.logger, failed: "it fails; retrying",
            recovered: "it works again")
        for _ in 0..<5 { try await retrier.pause(after: BusError(.unavailable, "no broker")) }
        #expect(retrier.failingSince != nil)
        retrier.succeed()
        retrier.succeed()
        #expect(retrier.failingSince == nil)
        #expect(lines.all.map(\.message) == ["it fails; retrying", "it works again"])
        #expect(lines.all.map(\.level) == [.info, .info])
        #expect(lines.all.last?.metadata["failures"] == "5")
        #expect(lines.all.first?.metadata["since"] == lines.all.last?.metadata["since"])
        try await retrier.pause(after: BusError(.topicMissing, "no topic"))
        #expect(lines.all.last?.level == .warning)
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

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

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
