import EventLog
import LibPQ

extension PostgresEventLog {
    /// Checks that the server is fit for what the log was opened for; every session asks the same.
    func checkServer(on connection: Connection) async throws {
        let findings = try await ServerFinding.all(on: connection, toWrite: !isReadOnly)
        guard findings.isEmpty else {
            throw LogError(.unavailable, ServerFinding.text(findings))
        }
    }

    /// Checks that statements reach the rows of the log's tables directly and unfiltered.
    func checkTables(on connection: Connection) async throws {
        let fault = try await Self.tableFault(
            on: connection, schema: schema, toWrite: !isReadOnly)
        if let fault { throw LogError(.unavailable, fault) }
    }

    /// What is wrong with the tables and the role's rights on them; `nil` if nothing is.
    ///
    /// Row-level security hides rows, rules and triggers change or drop them, an unlogged table
    /// loses them in a crash. A right that is missing is named before there is money to move.
    /// Looks at the catalogue only, which every role may read.
    static func tableFault(
        on connection: Connection, schema: String, toWrite isWriting: Bool
    ) async throws -> String? {
        let rows = try await connection.query(
            Statement("tables", tablesQuestion),
            Parameters(schema, PostgresArray(Schema.triggers.map { $0 as String? })),
            onCancellation: .cancel)
        for index in 0..<rows.count {
            let row = rows[index]
            let table = "\(schema).\(try row.value(0, as: String.self))"
            if let fault = try fault(of: row, table) { return fault }
            let lacking = try row.value(isWriting ? 7 : 6, as: String.self)
            guard lacking.isEmpty else {
                return """
                    The role \(try row.value(8, as: String.self)) lacks rights on \(table): \
                    \(lacking). Run `giro log init`, which grants them.
                    """
            }
        }
        return nil
    }

    private static func fault(of row: Row, _ table: String) throws -> String? {
        if try row.value(3) {
            return """
                Row-level security is on for \(table) and hides rows from the node's role: ALTER \
                TABLE \(table) DISABLE ROW LEVEL SECURITY; the log needs none.
                """
        }
        if !(try row.value(1)) {
            return """
                \(table) is no table, but a view or a foreign or partitioned one: put the table \
                back that `giro log init` made.
                """
        }
        if !(try row.value(2)) {
            return """
                \(table) is an unlogged table, which a crash of the server empties: ALTER TABLE \
                \(table) SET LOGGED.
                """
        }
        let foreign = try row.value(4, as: String.self) + row.value(5, as: String.self)
        guard !foreign.isEmpty else { return nil }
        return """
            \(table) has rules or triggers that `giro log init` did not make, and they can change \
            or drop what is written: drop\(foreign).
            """
    }

    /// A row for each of the log's tables in the schema: name; whether it is a table and a logged
    /// one; whether rows are hidden; foreign rules and triggers; rights that a reader and a node
    /// lack; the role.
    private static let tablesQuestion = """
        SELECT c.relname::text, c.relkind = 'r', c.relpersistence = 'p' OR c.relname = 'heartbeat',
            row_security_active(c.oid),
            coalesce((SELECT string_agg(' rule ' || r.rulename, ',') FROM pg_rewrite r
                WHERE r.ev_class = c.oid AND c.relkind = 'r'), ''),
            coalesce((SELECT string_agg(' trigger ' || t.tgname, ',') FROM pg_trigger t
                WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
                    AND t.tgname::text <> ALL ($2::text[])), ''),
            concat_ws(', ',
                CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE of the schema' END,
                CASE WHEN c.relname <> 'heartbeat' AND NOT has_table_privilege(c.oid, 'SELECT')
                    THEN 'SELECT' END),
            concat_ws(', ',
                CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE of the schema' END,
                CASE WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END,
                CASE WHEN c.relname IN ('commit', 'saga_entry', 'snapshot', 'heartbeat')
                    AND NOT has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                CASE WHEN c.relname IN ('snapshot', 'heartbeat')
                    AND NOT has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
                CASE WHEN c.relname = 'head' AND NOT (
                    has_any_column_privilege(c.oid, 'UPDATE')) THEN 'UPDATE' END,
                CASE WHEN c.relname = 'snapshot'
                    AND NOT has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END),
            current_user::text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1::text AND c.relname IN
            ('schema_version', 'head', 'commit', 'saga_entry', 'snapshot', 'heartbeat')
        ORDER BY c.relname
        """
}
