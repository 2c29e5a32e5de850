import LibPQ

/// The log's tables, made by the numbered files in `Migrations`.
enum Schema {
    /// Oldest first. A migration that was released is never edited, only followed by another.
    ///
    /// The files are compiled into the program, so it cannot lose them; the package manager puts
    /// `_` for the first digit of a name.
    private static let migrations = [
        PackageResources._01_log_sql, PackageResources._02_density_sql,
    ]

    /// The triggers that the migrations make; any other is foreign.
    static let triggers = [
        "commits_are_never_changed", "entries_are_never_changed", "head_is_never_deleted",
        "head_never_goes_back", "commits_are_dense", "entries_are_dense",
    ]

    /// How the triggers' words begin when they refuse an append.
    static let refusals = [
        "a commit stands right behind the one before it",
        "an entry, with its commit, stands right behind the one before it",
        "the head never goes back", "rows of ",
    ]

    static var newestVersion: Int64 { Int64(migrations.count) }

    /// One transaction that makes or updates the tables, from `version` (0: none).
    ///
    /// - Parameter statements: What else belongs in it, after the tables are there.
    static func script(
        schema: String, from version: Int64, before preparations: [String],
        then statements: [String]
    ) -> String {
        let missing = migrations.dropFirst(Int(version)).map { String(decoding: $0, as: UTF8.self) }
        let begin =
            ["BEGIN"] + preparations
            + ["SET LOCAL search_path = \(SQLText.identifier(schema)), pg_temp"]
        return (begin + missing + statements + ["COMMIT"]).joined(separator: ";\n")
    }
}

/// The log's statements, for one schema.
struct LogStatements: Sendable {
    let append, head, takeOver, commits, commitContaining: Statement
    let entriesOfRange, entriesOfSaga: Statement
    let newestSnapshot, saveSnapshot, dropSnapshots, checkEnd: Statement

    init(schema name: String) {
        let schema = SQLText.identifier(name)
        // One statement, so one round trip and one fsync. Where the head is not what the writer
        // expects, it is not moved, and then nothing is inserted either.
        append = Statement(
            "append",
            """
            WITH moved AS (
                UPDATE \(schema).head SET position = $4, commit_hash = $5
                WHERE id = 1 AND position = $1 AND commit_hash = $2 AND epoch = $3
                RETURNING position
            ), kept AS (
                INSERT INTO \(schema).commit (last_position, first_position, header, signature)
                SELECT $4, $1 + 1, $6, $7 FROM moved
            )
            INSERT INTO \(schema).entry (position, saga, payload)
            SELECT $1 + new.place, new.saga, new.payload
            FROM moved, unnest($8::uuid[], $9::bytea[])
                WITH ORDINALITY AS new (saga, payload, place)
            ORDER BY new.place
            """)
        head = Statement(
            "head", "SELECT position, commit_hash, epoch FROM \(schema).head WHERE id = 1")
        takeOver = Statement(
            "takeOver",
            """
            UPDATE \(schema).head SET epoch = epoch + 1 WHERE id = 1 AND epoch = $1
            RETURNING position, commit_hash, epoch
            """)
        commits = Statement(
            "commits",
            """
            WITH oldest AS (
                SELECT first_position, last_position FROM \(schema).commit
                WHERE last_position > $1 ORDER BY last_position LIMIT 1
            )
            SELECT c.first_position, c.last_position, c.header, c.signature
            FROM oldest, \(schema).commit c
            WHERE c.last_position BETWEEN oldest.last_position
                AND greatest(oldest.last_position, oldest.first_position - 1 + $2)
            ORDER BY c.last_position
            """)
        // The header stands in the first entry's row only: a commit may have thousands. Where
        // entries are missing, a row still says that the commit is there.
        commitContaining = Statement(
            "commitContaining",
            """
            SELECT c.first_position, c.last_position,
                CASE WHEN e.position = c.first_position THEN c.header END,
                CASE WHEN e.position = c.first_position THEN c.signature END,
                e.position, e.saga, e.payload
            FROM (
                SELECT first_position, last_position, header, signature FROM \(schema).commit
                WHERE last_position >= $1 ORDER BY last_position LIMIT 1
            ) c
            LEFT JOIN \(schema).entry e
                ON e.position BETWEEN c.first_position AND c.last_position
            WHERE c.first_position <= $1
            ORDER BY e.position
            """)
        entriesOfRange = Statement(
            "entriesOfRange",
            """
            SELECT position, saga, payload FROM \(schema).entry
            WHERE position BETWEEN $1 AND $2 ORDER BY position
            """)
        entriesOfSaga = Statement(
            "entriesOfSaga",
            """
            SELECT position, saga, payload FROM \(schema).entry WHERE saga = $1 ORDER BY position
            """)
        newestSnapshot = Statement(
            "newestSnapshot",
            """
            SELECT position, commit_hash, state, signature FROM \(schema).snapshot
            ORDER BY position DESC LIMIT 1
            """)
        saveSnapshot = Statement(
            "saveSnapshot",
            """
            INSERT INTO \(schema).snapshot (position, commit_hash, state, signature)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (position) DO UPDATE SET commit_hash = excluded.commit_hash,
                state = excluded.state, signature = excluded.signature
            """)
        dropSnapshots = Statement(
            "dropSnapshots",
            """
            DELETE FROM \(schema).snapshot WHERE position NOT IN
                (SELECT position FROM \(schema).snapshot ORDER BY position DESC LIMIT 2)
            """)
        checkEnd = Statement(
            "checkEnd",
            """
            SELECT h.position, h.commit_hash,
                coalesce((SELECT max(position) FROM \(schema).entry), 0),
                coalesce((SELECT max(last_position) FROM \(schema).commit), 0)
            FROM \(schema).head h WHERE h.id = 1
            """)
    }
}
