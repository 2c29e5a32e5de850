import GRDB

/// The tables of a topic file, and how an older file gets them. `PRAGMA user_version` says how many
/// of the migrations a file has.
struct Schema {
    /// Oldest first. A migration that was released is never edited, only followed by another.
    ///
    /// The files of `Migrations/` are compiled into the program, so it cannot lose them; the
    /// package manager puts `_` for the first digit of a name.
    private let migrations = [PackageResources._01_topic_sql].map {
        String(decoding: $0, as: UTF8.self)
    }

    var newestVersion: Int { migrations.count }

    /// How many migrations the file has; 0: it is no topic file.
    func version(of database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    /// Brings the file to the newest version, all or nothing. The caller is the only writer.
    func migrate(_ database: Database) throws {
        try database.inTransaction(.immediate) {
            for number in try version(of: database)..<newestVersion {
                try database.execute(sql: migrations[number])
            }
            try database.execute(sql: "PRAGMA user_version = \(newestVersion)")
            return .commit
        }
    }
}
