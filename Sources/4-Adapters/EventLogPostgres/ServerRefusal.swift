import EventLog
import LibPQ

/// What PostgreSQL's refusals mean for the log, by SQLSTATE (PostgreSQL, appendix A).
///
/// A log is `.corrupt` only where PostgreSQL has found its data damaged, or its tables contradict
/// each other. Whatever else happens, known or not, says nothing of what is stored.
struct ServerRefusal {
    let code: LogError.Code
    let text: String
    /// Whether a statement that was refused so has surely changed nothing.
    let isCertain: Bool

    private init(_ text: String, _ code: LogError.Code = .unavailable, isCertain: Bool = true) {
        (self.text, self.code, self.isCertain) = (text, code, isCertain)
    }

    init(_ state: SQLState) {
        self = Self.byState[state.code] ?? Self.byClass[state.category] ?? Self.unknown
    }

    /// The log's tables contradict each other: an append met rows where none may be.
    static let contradiction = ServerRefusal(
        """
        The log's tables contradict each other, so they were changed past this program: find out \
        by whom, look at them with `giro verify`, then bring the log back with `giro restore`.
        """, .corrupt)

    static let authentication = ServerRefusal(
        """
        PostgreSQL authentication failed: check role and password in log.store, and the server's \
        pg_hba.conf.
        """)

    private static let unknown = ServerRefusal(
        """
        PostgreSQL refuses for a reason that this program does not know; PostgreSQL's log may say \
        more. It is tried again on a new connection.
        """, isCertain: false)

    private static let sharedSession = ServerRefusal(
        """
        The session lost a prepared statement, or met another's: a pooler shares sessions between \
        its clients. Connect to PostgreSQL directly, or through a pool with pool_mode = session.
        """)

    private static let timeout = ServerRefusal(
        """
        PostgreSQL ended a statement, a transaction or a session for taking too long, or an \
        administrator did: raise the timeout for the node's role (statement_timeout, \
        transaction_timeout, idle_in_transaction_session_timeout, idle_session_timeout).
        """)

    private static let noLog = ServerRefusal(
        """
        The database holds no event log in this schema: run `giro log init`; where there was one, \
        it was moved, dropped or renamed: check log.store and log.schema.
        """)

    private static let conflict = ServerRefusal(
        "PostgreSQL rolled the transaction back in favour of another. It is tried again.")

    private static let byClass: [String: ServerRefusal] = [
        "08": .init("The connection to PostgreSQL failed.", isCertain: false),
        "0A": .init(
            """
            PostgreSQL cannot run a statement that it had prepared, because a table was altered \
            meanwhile, or lacks a feature that it needs. It is prepared again on a new connection.
            """),
        "22": .init("PostgreSQL refuses a value."),
        "23": .init("A constraint of the database refuses."),
        "25": .init("PostgreSQL's session is in a state that allows no such statement."),
        "26": sharedSession,
        "28": authentication,
        "3D": .init(
            """
            There is no such database: correct log.store, or make it with \
            `giro log init --create-database`.
            """),
        "3F": noLog,
        "40": conflict,
        "42": .init(
            """
            PostgreSQL does not know what a statement names: the log's tables are not as \
            `giro log init` makes them, find out who altered them; or the server is too old.
            """),
        "53": .init("PostgreSQL lacks resources: memory, disk or connections."),
        "54": .init("A statement exceeds a limit of PostgreSQL's."),
        "55": .init("PostgreSQL cannot do this now, since something else uses what it needs."),
        "57": .init("PostgreSQL is stopping or just starting."),
        "58": .init(
            """
            PostgreSQL cannot read or write its files: check the server's disk, file system and \
            log.
            """, isCertain: false),
        "P0": .init(
            """
            A trigger or function that `giro log init` did not make refuses: find out who made it, \
            and drop it.
            """),
        "XX": .init("PostgreSQL has an internal error: see its log.", isCertain: false),
    ]

    private static let byState: [String: ServerRefusal] = [
        "08007": .init("The outcome of the transaction is unknown.", isCertain: false),
        "08P01": .init(
            """
            PostgreSQL, or a pooler in front of it, ended the connection: check that the pooler \
            knows the database and the role and reaches the server, and see its log.
            """, isCertain: false),
        "25006": .init(
            """
            PostgreSQL takes no writes: either it is a replica (a hot standby), then name the \
            primary in log.store; or default_transaction_read_only is on for the server, the \
            database or the role, then set it off.
            """),
        "25P03": timeout, "25P04": timeout, "57014": timeout, "57P05": timeout,
        "40003": .init("The outcome of the transaction is unknown.", isCertain: false),
        "42501": .init(
            """
            The role lacks a right on the log, or row-level security hides rows from it: run \
            `giro log init`, which grants what the node needs, and disable row-level security.
            """),
        "42P01": noLog, "42P05": sharedSession,
        "53100": .init("PostgreSQL's disk is full: make room on the server."),
        "53200": .init("PostgreSQL has run out of memory."),
        "53300": .init(
            """
            PostgreSQL has no connection left: raise max_connections, or the role's or database's \
            CONNECTION LIMIT; a node needs up to 10.
            """),
        "55P03": .init(
            """
            Lock timeout: another session holds a lock on the log's tables (see pg_locks).
            """),
        "57P01": .init("PostgreSQL is shutting down, or an administrator ended the session."),
        "57P02": .init("Another process of PostgreSQL's crashed, so it ended all sessions."),
        "57P03": .init("PostgreSQL is starting, stopping or recovering, and takes no sessions."),
        "57P04": .init("The database was dropped while it was in use."),
        "XX001": .init(
            """
            PostgreSQL has found its data damaged: stop the node, check the server's disk and \
            memory, then restore the database from a backup, or the log with `giro restore`.
            """, .corrupt),
        "XX002": .init(
            """
            PostgreSQL has found an index damaged, not the log itself: stop the node, check the \
            server's disk and memory, run REINDEX on the log's schema, then `giro verify`.
            """, .corrupt),
    ]
}
