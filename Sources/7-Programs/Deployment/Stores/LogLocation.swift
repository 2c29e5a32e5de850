package import EventLog
import EventLogPostgres
import EventLogSQLite
import Foundation
import LibPQ
package import Logging
import Node
import Saga

/// Where a node's event log is.
package enum LogLocation {
    /// A SQLite file, made at the first start.
    case file(String)
    /// A schema of a PostgreSQL database, made by `giro log init`.
    case postgres(connection: String, schema: String)

    /// - Throws: ``Failure`` where log.store is neither a PostgreSQL connection URI nor a path. It
    ///   shows nothing of the value, which may hold a password.
    init(_ values: SettingValues, in folder: NodeFolder) throws {
        let (text, label) = (values.text("log.store"), values.label("log.store"))
        switch try text.map({ try Form(of: $0, label) }) {
        case nil: self = .file(folder.log)
        case .path(let path): self = .file(folder.path(path))
        case .uri(let connection):
            self = .postgres(connection: connection, schema: values.text("log.schema") ?? "giro")
        }
    }

    /// What the text of log.store may be.
    private enum Form {
        case uri(String)
        case path(String)

        init(of text: String, _ label: String) throws {
            if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
                do throws(PostgresError) {
                    try ConnectionOptions(text).check()
                } catch {
                    throw Failure(.unavailable, "\(label): \(error.message)")
                }
                self = .uri(text)
            } else if PathText.isClear(text) {
                self = .path(text)
            } else {
                throw Failure(
                    .unavailable,
                    "\(label) is neither a file nor a PostgreSQL connection URI. Write "
                        + "postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE, in small letters "
                        + "(libpq's key=value form is not taken), or a path, as ./log.sqlite.")
            }
        }
    }

    /// Its connections that others on the network could read.
    var clearTransports: [ClearTransport] {
        switch self {
        case .file: []
        case .postgres(let connection, _): ClearTransport.all(of: connection)
        }
    }

    /// Opens the log for writing, trying again for as long as `patience` while a server cannot be
    /// reached or is still starting.
    ///
    /// - Returns: The log, and the lease where a standby waits; `nil` for a file, which a lock on
    ///   another file guards.
    package func open(
        _ logger: Logger, patience: Duration = .zero
    ) async throws -> (log: any EventLog, lease: (any WriterLease)?) {
        let deadline = ContinuousClock.now + patience
        var retrier = Retrier(
            NodeSettings(), .system, logger,
            failed: "the log's server does not answer; trying again", recovered: nil)
        while true {
            do {
                return try await open(logger)
            } catch let error as LogError where error.isPassing && .now < deadline {
                let left = ContinuousClock.now.duration(to: deadline)
                try await Task.sleep(for: min(retrier.note(error), left))
            }
        }
    }

    private func open(
        _ logger: Logger
    ) async throws -> (log: any EventLog, lease: (any WriterLease)?) {
        switch self {
        case .file(let path):
            try checkDatabase(path)
            return (try await SQLiteEventLog.open(at: path), nil)
        case .postgres(let connection, let schema):
            let options = PostgresLogOptions(connection, schema: schema, logger: logger)
            return (try await PostgresEventLog.open(options), PostgresLease(options))
        }
    }

    /// Opens the log beside a node that may be running.
    func openForReading(_ logger: Logger) async throws -> any EventLog {
        switch self {
        case .file(let path):
            try checkDatabase(path)
            return try await SQLiteEventLog.openForReading(at: path)
        case .postgres(let connection, let schema):
            return try await PostgresEventLog.openForReading(
                PostgresLogOptions(connection, schema: schema, logger: logger))
        }
    }

    /// What is wrong with a server that would lose commits; empty where nothing is.
    package func findings() async throws -> [String] {
        guard case .postgres(let connection, let schema) = self else { return [] }
        return try await ServerFinding.all(
            at: PostgresLogOptions(connection, schema: schema, logger: .quiet)
        ).map(\.description)
    }

    /// Whether who reads the setting can log in.
    package var holdsPassword: Bool {
        switch self {
        case .file: false
        case .postgres(let connection, _): ConnectionOptions(connection).holdsPassword
        }
    }

    /// Whether a server keeps it, so that processes on other machines can reach it too.
    package var isServed: Bool {
        switch self {
        case .file: false
        case .postgres: true
        }
    }

    /// Whether there is nothing yet, since no node was ever started on it.
    package var isMissing: Bool {
        switch self {
        case .file(let path): !FileManager.default.fileExists(atPath: path)
        case .postgres: false
        }
    }
}

extension LogLocation: CustomStringConvertible {
    /// Without the password, if the connection has one.
    package var description: String {
        switch self {
        case .file(let path): path
        case .postgres(let connection, let schema):
            "\(Self.withoutSecrets(connection)) schema \(schema)"
        }
    }

    /// A connection URI with its role and place, and without password and parameters, also where
    /// the password has characters that should have been escaped.
    private static func withoutSecrets(_ connection: String) -> String {
        let end = connection.firstRange(of: "://")?.upperBound ?? connection.startIndex
        let place = connection[end...].prefix { $0 != "?" }
        guard let at = place.lastIndex(of: "@") else { return "\(connection[..<end])\(place)" }
        let role = place[..<at].prefix { $0 != ":" }
        return "\(connection[..<end])\(role)\(place[at...])"
    }
}

extension LogError {
    /// The server may be there in a moment; a wrong password or a missing table has to be fixed.
    fileprivate var isPassing: Bool { (cause as? PostgresError)?.isRetryable == true }
}

/// The text of a setting that may be a path.
enum PathText {
    /// Whether it can be meant as nothing but a path: a scheme, an address, a `key=value` or a list
    /// before its first slash is something else. `./` in front makes a path of any name.
    static func isClear(_ text: String) -> Bool {
        let start = text.prefix { $0 != "/" }
        return !text.contains("://") && !text.hasPrefix("~")
            && !start.contains { ":=,@?&;\"' ".contains($0) }
    }
}
