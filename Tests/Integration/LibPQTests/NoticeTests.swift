import LibPQ
import Logging
import Synchronization
import TestTags
import Testing

/// What a connection says in the log of what the server says.
@Suite(.tags(.postgres)) struct NoticeTests {
    @Test("A server's notice is logged by its SQLSTATE; its own words only at trace")
    func notices() async throws {
        let lines = Lines()
        try await withConnection { options in
            options.logger = Logger(label: "test") { _ in LineLog(lines: lines) }
        } _: { connection in
            try await connection.execute(
                script: "DO $$ BEGIN RAISE WARNING 'balance of alice: 4711'; END $$")
        }
        let debug = lines.all.filter { $0.level != .trace }.map(\.text)
        #expect(debug.contains { $0.contains("01000") && $0.contains("WARNING") })
        #expect(!debug.contains { $0.contains("alice") || $0.contains("4711") })
        #expect(lines.all.contains { $0.level == .trace && $0.text.contains("alice: 4711") })
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var all: [(level: Logger.Level, text: String)] { lines.withLock { $0 } }

    func append(_ level: Logger.Level, _ text: String) {
        lines.withLock { $0.append((level, text)) }
    }
}

/// Keeps message and metadata of every line.
private struct LineLog: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.append(event.level, "\(event.message) \(event.metadata ?? [:])")
    }
}
