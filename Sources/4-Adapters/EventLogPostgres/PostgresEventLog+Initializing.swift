public import EventLog
import LibPQ
import Saga

/// The two roles of a log. The owner makes and updates its tables and is used for nothing else; the
/// node reads and appends, and has no right to do more.
public struct PostgresLogRoles: Sendable {
    /// `nil`: the role that initialises the log owns it.
    public var owner: String?
    /// The role that the node's connection string names; it is made where it is missing.
    public var node: String
    /// For making the node's role, or changing its password; `nil`: leave it as it is. The server
    /// is sent a SCRAM-SHA-256 secret of it.
    public var nodePassword: String?

    /// Takes the names as they are: they are quoted for SQL, so any text is a name.
    public init(owner: String? = nil, node: String, nodePassword: String? = nil) {
        self.owner = owner
        self.node = node
        self.nodePassword = nodePassword
    }
}

extension PostgresEventLog {
    /// Makes or updates the log's schema, tables and roles. Idempotent; one transaction.
    ///
    /// - Parameters:
    ///   - options: Connects as an administrator, who may make roles and schemas. A superuser may;
    ///     so may a role with `CREATEROLE` that owns the database.
    ///   - roles: Those that own the tables and that the node connects as.
    /// - Throws: `LogError`: `.unavailable` — no server, no rights; `.newerSchema`.
    public static func initialize(
        _ options: PostgresLogOptions, roles: PostgresLogRoles
    ) async throws(LogError) {
        let connection = options.connection(for: .administrator)
        try await asLogError {
            let session = try await Connection.open(connection)
            let result: Result<Void, any Error>
            do {
                result = .success(try await initialize(options.schema, roles, on: session))
            } catch let error as PostgresError where error.sqlState == "42501" {
                result = .failure(lackingRight(error, roles))
            } catch {
                result = .failure(error)
            }
            await session.close()
            try result.get()
        }
    }

    /// Running it again as the same role would not help, so it says what would.
    private static func lackingRight(
        _ error: PostgresError, _ roles: PostgresLogRoles
    ) -> LogError {
        let owner = roles.owner.map {
            """
            , and membership in \($0): GRANT \(SQLText.identifier($0)) TO the role, from \
            PostgreSQL 16 on WITH SET TRUE, INHERIT TRUE
            """
        }
        return LogError(
            .unavailable,
            """
            The role of --admin lacks a right (\(error.description)). It needs CREATEROLE, or \
            roles that are there already and that it administers; CREATE on the database, or the \
            log's schema\(owner ?? ""). Nothing was changed.
            """,
            cause: error)
    }

    private static func initialize(
        _ schema: String, _ roles: PostgresLogRoles, on session: Connection
    ) async throws {
        let version = try await version(on: session, schema: schema, as: roles.owner)
        guard version <= Schema.newestVersion else { throw newerSchema(version) }
        let (quoted, node) = (SQLText.identifier(schema), SQLText.identifier(roles.node))
        var preparations = [roleIfMissing(roles.node, attributes: "LOGIN")]
        if let password = roles.nodePassword {
            // A server may log its statements, so the password itself is in none.
            let secret = SQLText.literal(try SQLText.scramSecret(of: password))
            preparations.append("ALTER ROLE \(node) LOGIN PASSWORD \(secret)")
        }
        if let owner = roles.owner {
            preparations.append(roleIfMissing(owner, attributes: "NOLOGIN"))
            // Only a role that may become another may make a schema for it.
            preparations.append(membershipIfMissing(of: owner))
        }
        let authorization = roles.owner.map { " AUTHORIZATION \(SQLText.identifier($0))" } ?? ""
        preparations.append(
            ifMissing(schema: schema, "CREATE SCHEMA \(quoted)\(authorization)"))
        if let owner = roles.owner {
            preparations.append("SET LOCAL ROLE \(SQLText.identifier(owner))")
        }
        try await session.execute(
            script: Schema.script(
                schema: schema, from: version, before: preparations,
                then: grants(schema: quoted, node: node)))
    }

    /// The schema's version as the log's owner sees it: an administrator that is no superuser may
    /// not look into the owner's schema, although it may become the owner.
    private static func version(
        on session: Connection, schema: String, as owner: String?
    ) async throws -> Int64 {
        guard let owner else { return try await version(on: session, schema: schema) }
        let rows = try await session.query(
            Statement("mayBecome", mayBecomeQuestion), Parameters(owner))
        guard let row = rows.first, try row.value(0) else {
            return try await version(on: session, schema: schema)
        }
        try await session.execute(script: "SET ROLE \(SQLText.identifier(owner))")
        let version = try await version(on: session, schema: schema)
        try await session.execute(script: "RESET ROLE")
        return version
    }

    /// No row where there is no such role.
    private static let mayBecomeQuestion = """
        SELECT pg_has_role(oid, CASE WHEN current_setting('server_version_num')::int4 >= 160000
            THEN 'SET' ELSE 'MEMBER' END)
        FROM pg_roles WHERE rolname = $1::text
        """

    private static func grants(schema: String, node: String) -> [String] {
        [
            "GRANT USAGE ON SCHEMA \(schema) TO \(node)",
            """
            REVOKE ALL ON schema_version, head, "commit", saga_entry, snapshot, heartbeat \
            FROM PUBLIC, \(node)
            """,
            "GRANT SELECT ON schema_version TO \(node)",
            "GRANT SELECT, UPDATE (position, commit_hash, epoch) ON head TO \(node)",
            "GRANT SELECT, INSERT ON \"commit\", saga_entry TO \(node)",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO \(node)",
            "GRANT SELECT, INSERT, UPDATE ON heartbeat TO \(node)",
        ]
    }

    /// From PostgreSQL 16 on the maker of a role is its member only to administer it, and has to
    /// let itself become it. What only 16 and newer know is text to older ones.
    private static func membershipIfMissing(of role: String) -> String {
        let (name, literal) = (SQLText.identifier(role), SQLText.literal(role))
        let granting = SQLText.literal("GRANT \(name) TO CURRENT_USER WITH SET TRUE, INHERIT TRUE")
        return """
            DO $do$ BEGIN
                IF pg_catalog.current_setting('server_version_num')::int4 < 160000 THEN
                    IF NOT pg_catalog.pg_has_role(\(literal), 'MEMBER') THEN
                        GRANT \(name) TO CURRENT_USER;
                    END IF;
                ELSIF NOT pg_catalog.pg_has_role(\(literal), 'SET') THEN
                    EXECUTE \(granting);
                END IF;
            END $do$
            """
    }

    /// `CREATE SCHEMA IF NOT EXISTS` wants the right to make it even where it is there.
    private static func ifMissing(schema: String, _ creation: String) -> String {
        """
        DO $do$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace
                WHERE nspname = \(SQLText.literal(schema))) THEN
                \(creation);
            END IF;
        END $do$
        """
    }

    /// PostgreSQL knows no CREATE ROLE IF NOT EXISTS.
    private static func roleIfMissing(_ name: String, attributes: String) -> String {
        """
        DO $do$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                WHERE rolname = \(SQLText.literal(name))) THEN
                CREATE ROLE \(SQLText.identifier(name)) \(attributes);
            END IF;
        END $do$
        """
    }
}
