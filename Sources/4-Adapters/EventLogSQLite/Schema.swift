import EventLog
import GRDB

/// The log's tables, made by the numbered files in `Migrations`.
///
/// SQLite's `user_version` is the number of the newest migration a file has had.
enum Schema {
    /// Oldest first. A migration that was released is never edited, only followed by another.
    ///
    /// The files are compiled into the program, so it cannot lose them; the package manager puts
    /// `_` for the first digit of a name.
    private static let migrations = [PackageResources._01_log_sql]

    /// As the first migration sets it.
    private static let applicationID = 0x6769_726f

    /// Brings a file up to date, one transaction a migration.
    ///
    /// - Throws: ``LogError``: `.newerSchema` — this program is older than the file; `.corrupt` —
    ///   the file belongs to something else; or an error of SQLite.
    static func migrate(_ database: Database) throws {
        for (index, migration) in migrations.enumerated() {
            try database.inTransaction(.immediate) {
                // Asked inside the transaction: another process may be opening the same file.
                if try version(of: database) <= index {
                    try database.execute(sql: String(decoding: migration, as: UTF8.self))
                    try database.execute(sql: "PRAGMA user_version = \(index + 1)")
                }
                return .commit
            }
        }
    }

    /// Checks that a file which must not be written to is up to date.
    static func check(_ database: Database) throws {
        guard try version(of: database) == migrations.count else {
            throw LogError(
                .corrupt,
                """
                The file holds no event log, or an older one: check the path, or open it once \
                for writing.
                """)
        }
    }

    private static func version(of database: Database) throws -> Int {
        let isOurs = try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard isOurs || isEmpty else {
            throw LogError(
                .corrupt, "The file is an SQLite database but no event log: check the path.")
        }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= migrations.count else {
            throw LogError(
                .newerSchema,
                """
                The log's schema is version \(version), this program knows \
                \(migrations.count): use the version that wrote it, or a newer one.
                """)
        }
        return version
    }
}
