import LibPQ
public import Logging

/// Where a node's log is kept.
public struct PostgresLogOptions: Sendable {
    /// As libpq reads it; see `ConnectionOptions.connectionString`. May hold a password.
    public var connectionString: String
    /// The database to connect to, whatever the connection string says; `nil`: what it says.
    public var database: String?
    /// The schema that holds the log: one log each.
    public var schema: String
    /// Names this process at the server, so that all its connections can be ended together.
    public var processToken: ProcessToken
    /// How long connecting may take.
    public var connectTimeout: Duration
    /// How long a statement may wait for what another session has locked.
    public var lockTimeout: Duration
    /// How many reads run at once, beside one of the head.
    public var readersMax: Int
    /// The destination of the connections' log lines, of which only those at `trace` may quote
    /// values.
    public var logger: Logger

    /// Takes the options as they are: the server checks them at the first connection.
    public init(
        _ connectionString: String, database: String? = nil, schema: String = "giro",
        processToken: ProcessToken = .ofThisProcess, connectTimeout: Duration = .seconds(5),
        lockTimeout: Duration = .seconds(5), readersMax: Int = 4,
        logger: Logger = Logger(label: "giro.postgres")
    ) {
        self.connectionString = connectionString
        self.database = database
        self.schema = schema
        self.processToken = processToken
        self.connectTimeout = connectTimeout
        self.lockTimeout = lockTimeout
        self.readersMax = readersMax
        self.logger = logger
    }

    /// Which of the log's connections one is.
    enum Role {
        case writer, reader, lease
        /// Makes and updates the log's tables and roles.
        case administrator
    }

    /// Settings are set here rather than trusted: a role or database may have other defaults. What
    /// loses commits is refused by the admission, not overridden; so is a default of read-only
    /// transactions, which the server's owner may have set for good reason, except for an
    /// administrator, whose task is to write. Row-level security makes statements fail, and hides
    /// nothing.
    func connection(for role: Role) -> ConnectionOptions {
        var script = """
            SET default_transaction_isolation = 'read committed'; SET search_path = ''; \
            SET row_security = off; SET lock_timeout = \(Int(lockTimeout / .milliseconds(1)))
            """
        let admission: ConnectionOptions.Admission?
        switch role {
        case .reader:
            script += "; SET default_transaction_read_only = on"
            admission = ServerFinding.admission(toWrite: false)
        case .writer, .lease:
            admission = ServerFinding.admission(toWrite: true)
        case .administrator:
            script += "; SET default_transaction_read_only = off"
            // The server's settings are judged when the log is opened for use.
            admission = nil
        }
        var options = ConnectionOptions(
            connectionString, applicationName: processToken.applicationName,
            connectTimeout: connectTimeout, needsOwnSession: true, sessionScript: script,
            admission: admission, logger: logger)
        options.database = database
        return options
    }
}

/// What the connections of one process have in common, as `application_name` at the server.
public struct ProcessToken: Hashable, Sendable {
    /// `giro/` and a random number in base 36, as `pg_stat_activity` shows it.
    public let applicationName: String

    /// A new one: as if it were another process.
    public init() {
        let number = UInt64.random(in: .min ... .max)
        applicationName = "giro/" + String(number, radix: 36)
    }

    /// The one that this process gives to all its logs, made when it is first asked for.
    public static let ofThisProcess = ProcessToken()
}
