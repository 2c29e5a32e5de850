import CLibpq

extension Connecting {
    /// Makes sure that the session is this connection's for as long as it lasts.
    ///
    /// A pooler gives its clients other process numbers than the server's, so a direct connection
    /// costs one question. Behind a pooler a second connection repeatedly holds a transaction open:
    /// where sessions are shared it gets this one's, or drives this one to another.
    ///
    /// - Throws: ``PostgresError``: `.unsuitable` — sessions are shared; `.unreachable` — the
    ///   pooler has no second session.
    func checkSession(_ notices: NoticeLog) throws(PostgresError) {
        let own = try serverProcess()
        guard own != Int64(PQbackendPID(connection)) else { return }
        guard let other = Self.start(options.parameters) else {
            throw PostgresError(.unreachable, "No memory is left for a connection.")
        }
        defer { PQfinish(other) }
        let rival = Connecting(
            mailbox: mailbox, options: options, deadline: deadline, connection: other)
        try rival.take(notices)
        for _ in 0..<Self.rounds {
            try rival.connect()
            let (theirs, ours) = (try rival.serverProcess(), try serverProcess())
            guard theirs != own, ours == own else { throw Self.sharedSession }
            try rival.run("COMMIT")
        }
    }

    /// A pooler that hands sessions out in turn, and not the last one first, is found out late.
    private static let rounds = 4

    /// Connects and gets a session of the pooler, as far as it has one.
    private func take(_ notices: NoticeLog) throws(PostgresError) {
        do throws(PostgresError) {
            try connect(notices)
            try run("SELECT 1")
        } catch {
            guard error.code == .unreachable else { throw error }
            throw PostgresError(
                .unreachable,
                """
                The pooler in front of PostgreSQL has no second session in time: raise its pool's \
                size to 10 or more, or connect to PostgreSQL directly.
                """,
                detail: error.message)
        }
    }

    /// A pooler that shares sessions between statements has no transactions.
    private func connect() throws(PostgresError) {
        do throws(PostgresError) {
            try run("BEGIN")
        } catch {
            throw error.sqlState?.category == "08" ? Self.sharedSession : error
        }
    }

    private func serverProcess() throws(PostgresError) -> Int64 {
        guard let row = try query("SELECT pg_catalog.pg_backend_pid()").first else {
            throw PostgresError(.malformedValue, "PostgreSQL does not say who serves.")
        }
        return try row.value(0)
    }

    private static let sharedSession = PostgresError(
        .unsuitable,
        """
        A pooler in front of PostgreSQL shares sessions between its clients (pool_mode = \
        transaction or statement), so settings, locks and prepared statements of one reach \
        another. Connect to PostgreSQL directly, or through a pool with pool_mode = session.
        """)
}
