public import Logging

/// How to reach a server and what to make of the session.
public struct ConnectionOptions: Sendable {
    /// As libpq reads it: `host=… dbname=… sslmode=verify-full sslrootcert=…` or a
    /// `postgresql://` URI. What it leaves out comes from libpq's environment variables. It may
    /// hold a password, so it is never logged.
    public var connectionString: String
    /// The database to connect to, whatever the connection string says; `nil`: what it says.
    public var database: String?
    /// Shown in `pg_stat_activity`; at most 63 bytes.
    public var applicationName: String
    /// Until then a connection is made, session script and admission included, or given up.
    public var connectTimeout: Duration
    /// The bound of the queue: calls beyond so many unanswered ones throw `.overloaded`.
    public var requestsMax: Int
    /// Whether the session has to be this connection's alone, as it must where anything of it is to
    /// last longer than a transaction: settings, locks, prepared statements, `LISTEN`. A pooler
    /// that lends one session to several connections in turn is then `.unsuitable`.
    public var needsOwnSession: Bool
    /// Statements that set the session up, separated by semicolons.
    public var sessionScript: String?
    /// Whether the server may be used at all.
    public var admission: Admission?
    /// Static messages at `debug`: that the server gave notice, ends of connections. At `trace`
    /// the server's own words, which may quote values.
    public var logger: Logger

    /// Takes the options as they are: libpq checks them when it connects.
    public init(
        _ connectionString: String, applicationName: String = "giro",
        connectTimeout: Duration = .seconds(5), requestsMax: Int = 1000,
        needsOwnSession: Bool = false, sessionScript: String? = nil, admission: Admission? = nil,
        logger: Logger = Logger(label: "giro.postgres")
    ) {
        self.connectionString = connectionString
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.requestsMax = requestsMax
        self.needsOwnSession = needsOwnSession
        self.sessionScript = sessionScript
        self.admission = admission
        self.logger = logger
    }

    /// A question asked of every new session before anything else.
    public struct Admission: Sendable {
        let sql: String
        let refusal: @Sendable (Rows) throws -> String?

        /// - Parameters:
        ///   - sql: One statement.
        ///   - refusal: Says why the server is unfit, and what to do; `nil` admits it. Runs on the
        ///     connection's thread and must not wait.
        public init(
            _ sql: String, refusal: @escaping @Sendable (Rows) throws -> String?
        ) {
            self.sql = sql
            self.refusal = refusal
        }
    }

    /// What libpq is given, in its order: what comes later counts more.
    ///
    /// The first lines end a connection whose peer is silent; the connection string may say
    /// otherwise. They mean nothing on a Unix socket.
    var parameters: [(keyword: String, value: String)] {
        [
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
            ("dbname", connectionString),
            ("client_encoding", "UTF8"), ("application_name", applicationName),
        ] + (database.map { [("dbname", $0)] } ?? [])
    }
}
