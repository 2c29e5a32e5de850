import Chain
import EventLog
import LibPQ
import Saga

extension PostgresEventLog {
    /// Checks that the tables are such that what is read is what is stored, and what is written is
    /// kept; the schema's version; and that head and commits end at the same place.
    ///
    /// They are written together, so a difference means that the tables were tampered with or
    /// damaged: better said at opening than at the first append.
    func check() async throws(LogError) {
        let last = try await read { connection in
            try await self.checkServer(on: connection)
            try await self.checkTables(on: connection)
            try await self.checkVersion(on: connection)
            guard
                let row = try await connection.query(
                    self.statements.checkEnd, onCancellation: .cancel
                ).first
            else {
                throw LogError(.corrupt, "The log has lost its head: restore it.")
            }
            let position = try row.number(0)
            guard try row.number(2) == position else {
                throw Self.disagreement
            }
            return (position: Position(position), hash: try row.hash(1))
        }
        // Appending may continue meanwhile, so the commit that was newest then is looked for.
        let commit = try await commit(endingAt: last.position)
        guard (commit?.header.last ?? .start) == last.position,
            (commit?.hash ?? .zero) == last.hash
        else {
            throw Self.disagreement
        }
    }

    private func checkVersion(on connection: Connection) async throws {
        let version = try await Self.version(on: connection, schema: schema)
        guard version <= Schema.newestVersion else {
            throw Self.newerSchema(version)
        }
        guard version == Schema.newestVersion else {
            throw LogError(
                .unavailable,
                """
                The database holds no event log in schema \(schema), or an older one: run \
                `giro log init`.
                """)
        }
    }

    /// The newest migration that a schema has had; 0 for none.
    static func version(on connection: Connection, schema: String) async throws -> Int64 {
        let table = "\(SQLText.identifier(schema)).schema_version"
        let isThere: Bool? = try await connection.query(
            Statement("isThere", "SELECT to_regclass($1::text) IS NOT NULL"), Parameters(table)
        ).first?.value(0)
        guard isThere == true else { return 0 }
        let rows = try await connection.query(
            Statement("version", "SELECT version FROM \(table) WHERE id = 1"))
        return try rows.first?.value(0) ?? 0
    }

    static func newerSchema(_ version: Int64) -> LogError {
        LogError(
            .newerSchema,
            """
            The log's schema is version \(version), this program knows \(Schema.newestVersion): \
            use the version that wrote it, or a newer one.
            """)
    }

    private static var disagreement: LogError {
        LogError(
            .corrupt,
            """
            The log's head, commits and entries end at different places: restore the log from \
            the journal or a backup.
            """)
    }
}
