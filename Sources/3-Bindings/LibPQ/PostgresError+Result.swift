import CLibpq
import Foundation

extension PostgresError {
    /// Whether a result is libpq's own word that it lost the server's answer.
    static func isLost(_ result: OpaquePointer) -> Bool {
        PQresultStatus(result) == PGRES_FATAL_ERROR && field("C", of: result) == nil
    }

    /// What a failed result says.
    ///
    /// The server's primary message may quote values ("invalid input syntax … for type"), so it is
    /// in ``detail`` only, except where SQL of ours raised it: those texts are fixed.
    init(result: OpaquePointer) {
        guard let state = Self.field("C", of: result) else {
            // Not the server's words but libpq's own: it had no memory for the answer, or the
            // connection broke. What the server did is not known.
            self.init(
                .outcomeUnknown, "PostgreSQL's answer was lost.",
                detail: String(cString: PQresultErrorMessage(result)))
            return
        }
        let primary = Self.field("M", of: result) ?? ""
        var message = Self.summary(of: state, primary: primary)
        for (key, name) in [("n", "constraint"), ("t", "table"), ("c", "column")]
            as [(Character, String)]
        {
            if let value = Self.field(key, of: result) { message += ", \(name) \(value)" }
        }
        let more = [primary, Self.field("D", of: result), Self.field("H", of: result)]
        self.init(
            .server(SQLState(state)), message,
            detail: more.compactMap(\.self).joined(separator: "; "))
    }

    /// What libpq says when no connection is made.
    ///
    /// libpq keeps the SQLSTATE of a refused login to itself, but prints it where its error
    /// verbosity is "verbose"; from there it is taken. Where a login fails on this side there is no
    /// SQLSTATE.
    ///
    /// - Parameter lacksPassword: What `PQconnectionNeedsPassword` says.
    init(connecting text: String, lacksPassword: Bool) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
            .map { $0.drop(while: \.isWhitespace) }
        let message = lines.joined(separator: "; ")
        guard !lacksPassword else {
            self.init(.passwordMissing, message)
            return
        }
        // `FATAL:  28P01: password authentication failed …`
        guard let match = message.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) else {
            self.init(
                Self.isLoginFailure(message) ? .loginFailed : .unreachable,
                message.isEmpty ? "No connection was made." : message)
            return
        }
        let state = SQLState(String(match.output.1))
        guard !Self.isPoolersLoginFailure(message, state) else {
            self.init(.loginFailed, message)
            return
        }
        self.init(
            .server(state),
            message.replacingCharacters(in: match.range, with: ": "))
    }

    /// Whether libpq says that it could not log in, to a server that it reached. Names of hosts and
    /// roles stand in quotation marks and count for nothing.
    private static func isLoginFailure(_ message: String) -> Bool {
        let words = message.replacing(#/"[^"]*"/#, with: "")
        return loginFailures.contains { words.contains($0) }
    }

    /// PgBouncer has one SQLSTATE for all that it refuses. What PostgreSQL says to PgBouncer's own
    /// login is no fault of this one.
    private static func isPoolersLoginFailure(_ message: String, _ state: SQLState) -> Bool {
        state == "08P01" && message.contains("authentication failed")
            && !message.contains("server login failed")
    }

    /// From libpq's fe-auth.c, fe-auth-scram.c and fe-connect.c.
    private static let loginFailures = [
        "no password supplied", "authentication method", "authentication not supported", "SASL",
        "SCRAM", "channel binding", "server signature", "did not complete authentication",
    ]

    private static func summary(of state: String, primary: String) -> String {
        switch state.prefix(2) {
        case "08", "0A", "25", "26", "28", "3D", "3F", "42", "53", "54", "55", "57", "58", "P0",
            "XX":
            primary
        case "23": "a constraint was violated"
        case "22": "a value was refused"
        case "40": "the transaction was rolled back by the server"
        default: "the server refused the statement"
        }
    }

    private static func field(_ key: Character, of result: OpaquePointer) -> String? {
        guard let code = key.asciiValue, let text = PQresultErrorField(result, Int32(code)) else {
            return nil
        }
        return String(cString: text)
    }
}
