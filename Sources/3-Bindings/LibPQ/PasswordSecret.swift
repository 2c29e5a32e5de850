import CLibpq

extension SQLText {
    /// What a server keeps instead of `password` (SCRAM-SHA-256, RFC 5802): for `ALTER ROLE …
    /// PASSWORD`, so that the password itself never stands in a statement that may be logged.
    ///
    /// - Parameter password: Any text; libpq prepares it as RFC 4013 requires. No zero bytes.
    /// - Returns: Another text each time, since it holds a random salt.
    /// - Throws: ``PostgresError`` `.unsuitable` — libpq cannot make it.
    /// - Complexity: Some thousand rounds of SHA-256, on the caller's thread; no I/O.
    public static func scramSecret(of password: String) throws(PostgresError) -> String {
        // libpq wants a connection for its error message only. This one has an unknown keyword, so
        // it is never made.
        let connection = PQconnectStart("no_such_keyword=1")
        defer { PQfinish(connection) }
        guard let secret = PQencryptPasswordConn(connection, password, "", "scram-sha-256") else {
            throw PostgresError(.unsuitable, "libpq cannot make a secret of the password.")
        }
        defer { PQfreemem(secret) }
        return String(cString: secret)
    }
}
