import LibPQ

/// The log's tables, made by the numbered files in `Migrations`.
enum Schema {
    /// Oldest first. A migration that was released is never edited, only followed by another.
    ///
    /// The files are compiled into the program, so it cannot lose them; the package manager puts
    /// `_` for the first digit of a name.
    private static let migrations = [PackageResources._01_log_sql]

    /// The triggers that the migrations make; any other is foreign.
    static let triggers = [
        "commits_are_never_changed", "saga_entries_are_never_changed", "head_is_never_deleted",
        "head_never_goes_back", "commits_are_dense",
    ]

    /// How the triggers' words begin when they refuse an append.
    static let refusals = [
        "a commit stands right behind the one before it", "the head never goes back", "rows of ",
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
    let commitsOfSaga: Statement
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
            ), indexed AS (
                INSERT INTO \(schema).saga_entry (saga, position)
                SELECT new.saga, new.position
                FROM moved, unnest($9::uuid[], $10::int8[]) AS new (saga, position)
            )
            INSERT INTO \(schema).commit
                (last_position, first_position, header, signature, body)
            SELECT $4, $1 + 1, $6, $7, $8 FROM moved
            """)
        head = Statement(
            "head", "SELECT position, commit_hash, epoch FROM \(schema).head WHERE id = 1")
        takeOver = Statement(
            "takeOver",
            """
            UPDATE \(schema).head SET epoch = epoch + 1 WHERE id = 1 AND epoch = $1
            RETURNING position, commit_hash, epoch
            """)
        let row = "c.first_position, c.last_position, c.header, c.signature, c.body"
        // A length is known without reading the body. Each bound is one value, so that
        // rows are found by index, whatever the server knows of the table.
        commits = Statement(
            "commits",
            """
            WITH oldest AS MATERIALIZED (
                SELECT last_position, first_position FROM \(schema).commit
                WHERE last_position > $1 ORDER BY last_position LIMIT 1
            ), newest AS MATERIALIZED (
                SELECT max(last_position) AS last_position FROM (
                    SELECT last_position,
                        sum(length(body)) OVER (ORDER BY last_position) AS bytes
                    FROM \(schema).commit
                    WHERE last_position > $1 AND last_position
                        <= (SELECT greatest(last_position, first_position - 1 + $2) FROM oldest)
                ) next
                WHERE bytes <= $3 OR last_position = (SELECT last_position FROM oldest)
            )
            SELECT \(row) FROM \(schema).commit c
            WHERE c.last_position > $1
                AND c.last_position <= (SELECT last_position FROM newest)
            ORDER BY c.last_position
            """)
        commitContaining = Statement(
            "commitContaining",
            """
            SELECT \(row) FROM (
                SELECT * FROM \(schema).commit
                WHERE last_position >= $1 ORDER BY last_position LIMIT 1
            ) c
            WHERE c.first_position <= $1
            """)
        commitsOfSaga = Statement(
            "commitsOfSaga",
            """
            SELECT DISTINCT ON (c.last_position) \(row)
            FROM \(schema).saga_entry s CROSS JOIN LATERAL (
                SELECT * FROM \(schema).commit
                WHERE last_position >= s.position ORDER BY last_position LIMIT 1
            ) c
            WHERE s.saga = $1
            ORDER BY c.last_position
            """)
        newestSnapshot = Statement(
            "newestSnapshot",
            """
            SELECT position, commit_hash, history, state, signature
            FROM \(schema).snapshot
            ORDER BY position DESC LIMIT 1
            """)
        saveSnapshot = Statement(
            "saveSnapshot",
            """
            INSERT INTO \(schema).snapshot
                (position, commit_hash, history, state, signature)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (position) DO UPDATE SET commit_hash = excluded.commit_hash,
                history = excluded.history, state = excluded.state,
                signature = excluded.signature
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
                coalesce((SELECT max(last_position) FROM \(schema).commit), 0)
            FROM \(schema).head h WHERE h.id = 1
            """)
    }
}
