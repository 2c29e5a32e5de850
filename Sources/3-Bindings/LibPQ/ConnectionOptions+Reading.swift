import CLibpq

extension ConnectionOptions {
    /// Whether the connection string itself holds a password, as libpq reads it.
    public var holdsPassword: Bool { Self.read(connectionString)?["password"] != nil }

    /// The role that the connection string itself names, as libpq reads it.
    public var role: String? { Self.read(connectionString)?["user"] }

    /// The database that the connection string itself names, as libpq reads it.
    public var databaseName: String? { Self.read(connectionString)?["dbname"] }

    /// The hosts that libpq may talk to over TCP without TLS: those of the connection string, or of
    /// libpq's environment variables where it names none.
    ///
    /// `sslmode=prefer`, libpq's default, continues in clear text where the server offers no TLS.
    /// Empty where TLS or GSS encryption is demanded, and for Unix sockets. A service's host is not
    /// known here, so its name stands for it.
    public var hostsInClearText: [String] {
        guard let own = Self.read(connectionString) else { return [] }
        let values = Self.defaults().merging(own) { $1 }
        if ["require", "verify-ca", "verify-full"].contains(values["sslmode"]) { return [] }
        if values["gssencmode"] == "require" { return [] }
        if let service = values["service"], !service.isEmpty { return ["service \(service)"] }
        let hosts = Self.list(values["host"])
        let addresses = Self.list(values["hostaddr"])
        return (0..<max(hosts.count, addresses.count)).compactMap { index in
            let address = addresses.indices.contains(index) ? addresses[index] : ""
            let host = address.isEmpty && hosts.indices.contains(index) ? hosts[index] : address
            return host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") ? nil : host
        }
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// What libpq takes for what a connection string leaves out.
    private static func defaults() -> [String: String] {
        guard let options = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(options) }
        return values(of: options)
    }

    /// Makes sure that libpq reads the connection string as it is meant.
    ///
    /// What libpq says of one that it cannot read quotes it, password and all; and a password with
    /// an unescaped `@` or `/` is taken for a host, a port or a database, which it quotes as well.
    ///
    /// - Throws: ``PostgresError`` `.unreachable`, which quotes nothing.
    public func check() throws(PostgresError) {
        guard connectionString.contains("=") || connectionString.contains("://") else { return }
        guard let values = Self.read(connectionString) else {
            throw PostgresError(
                .unreachable, "The PostgreSQL connection string cannot be read. " + Self.advice)
        }
        let isPort = values["port"]?.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ",") }
        let places = ["host", "hostaddr", "dbname"].compactMap { values[$0] }
        guard isPort ?? true, !places.contains(where: { $0.contains("@") }) else {
            throw PostgresError(
                .unreachable, "The connection string names no host and port. " + Self.advice)
        }
    }

    private static let advice = """
        Write postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE, and in the password every character \
        but letters and digits as % with two hexadecimal digits (@ is %40, / is %2F).
        """

    /// - Returns: What the string sets, by keyword; `nil` if it cannot be read.
    private static func read(_ text: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard let options = PQconninfoParse(text, &message) else { return nil }
        defer { PQconninfoFree(options) }
        return values(of: options)
    }

    private static func values(
        of options: UnsafeMutablePointer<PQconninfoOption>
    ) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return values
    }
}
