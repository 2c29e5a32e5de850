public import EventLog
import LibPQ

/// The two roles of a log. The owner makes and updates its tables and is used for nothing else; the
/// node reads and appends, and has no right to do more.
public struct PostgresLogRoles: Sendable {
    /// `nil`: whoever initialises owns the log.
    public var owner: String?
    public var node: String
    /// For making the node's role, or changing its password; `nil`: leave it as it is. The server
    /// is sent a SCRAM-SHA-256 secret of it.
    public var nodePassword: String?

    public init(owner: String? = nil, node: String, nodePassword: String? = nil) {
        self.owner = owner
        self.node = node
        self.nodePassword = nodePassword
    }
}

extension PostgresEventLog {
    /// Makes or updates the log's schema, tables and roles. Idempotent; one transaction.
    ///
    /// - Parameter options: Connects as an administrator, who may make roles and schemas.
    /// - Throws: ``LogError``: `.unavailable` — no server, no rights; `.newerSchema`.
    public static func initialize(
        _ options: PostgresLogOptions, roles: PostgresLogRoles
    ) async throws(LogError) {
        var connection = options.connection(for: .writer)
        // The server's settings are judged when the log is opened for use.
        connection.admission = nil
        try await asLogError {
            let session = try await Connection.open(connection)
            let result: Result<Void, any Error>
            do {
                result = .success(try await initialize(options.schema, roles, on: session))
            } catch {
                result = .failure(error)
            }
            await session.close()
            try result.get()
        }
    }

    private static func initialize(
        _ schema: String, _ roles: PostgresLogRoles, on session: Connection
    ) async throws {
        let version = try await version(on: session, schema: schema)
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
            // Who may make the schema for another role must be a member of that role.
            preparations.append(membershipIfMissing(of: owner))
        }
        let authorization = roles.owner.map { " AUTHORIZATION \(SQLText.identifier($0))" } ?? ""
        preparations.append("CREATE SCHEMA IF NOT EXISTS \(quoted)\(authorization)")
        if let owner = roles.owner {
            preparations.append("SET LOCAL ROLE \(SQLText.identifier(owner))")
        }
        try await session.execute(
            script: Schema.script(
                schema: schema, from: version, before: preparations,
                then: grants(schema: quoted, node: node)))
    }

    private static func grants(schema: String, node: String) -> [String] {
        [
            "GRANT USAGE ON SCHEMA \(schema) TO \(node)",
            """
            REVOKE ALL ON schema_version, head, "commit", entry, snapshot, heartbeat \
            FROM PUBLIC, \(node)
            """,
            "GRANT SELECT ON schema_version TO \(node)",
            "GRANT SELECT, UPDATE (position, commit_hash, epoch) ON head TO \(node)",
            "GRANT SELECT, INSERT ON \"commit\", entry TO \(node)",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON snapshot TO \(node)",
            "GRANT SELECT, INSERT, UPDATE ON heartbeat TO \(node)",
        ]
    }

    private static func membershipIfMissing(of role: String) -> String {
        """
        DO $do$ BEGIN
            IF NOT pg_catalog.pg_has_role(\(SQLText.literal(role)), 'MEMBER') THEN
                GRANT \(SQLText.identifier(role)) TO CURRENT_USER;
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
