/// What a PostgreSQL server says went wrong, as five characters (PostgreSQL, appendix A).
public struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Five digits and capital letters; the first two are the class.
    public let code: String

    /// Takes any text: whether a server has such a state is not checked.
    public init(_ code: String) {
        self.code = code
    }

    /// Takes the literal as it is, so that states can be written as `"23505"`.
    public init(stringLiteral code: String) {
        self.code = code
    }

    /// As in `23` for integrity constraint violations.
    public var category: String { String(code.prefix(2)) }
}

extension SQLState: CustomStringConvertible {
    /// The five characters.
    public var description: String { code }
}

extension SQLState {
    /// A row with that key is there already.
    public static let uniqueViolation: SQLState = "23505"
    /// The login's password is wrong.
    public static let invalidPassword: SQLState = "28P01"
    /// There is no database of that name.
    public static let undefinedDatabase: SQLState = "3D000"
    /// There is no table of that name.
    public static let undefinedTable: SQLState = "42P01"
    /// The server's disk is full.
    public static let diskFull: SQLState = "53100"
    /// A lock was not got in time, or at once with `NOWAIT`.
    public static let lockNotAvailable: SQLState = "55P03"
    /// The statement was stopped, on request or by `statement_timeout`.
    public static let queryCanceled: SQLState = "57014"
    /// An administrator ended the session, or stopped the server.
    public static let adminShutdown: SQLState = "57P01"
    /// A function raised the error by itself (`RAISE`).
    public static let raisedException: SQLState = "P0001"
}

extension SQLState {
    /// Whether the same call may succeed later without anybody changing anything: not where the
    /// server refuses what was asked or who asks, or has found its data damaged. A state that is
    /// not known here may be over by then.
    var isPassing: Bool {
        let lasting = ["0L", "0P", "22", "23", "26", "28", "2B", "3D", "3F", "42", "44", "P0"]
        return !lasting.contains(category) && !["25006", "XX001", "XX002"].contains(code)
    }

    /// Whether the session itself may be at fault, so that another one is better asked the next
    /// time: everywhere but where the refusal is known to be of the one statement.
    var leavesSessionInDoubt: Bool {
        let ofStatement = ["22", "23", "40", "42", "53", "54", "55", "P0"]
        return self != "42P05" && self != .queryCanceled && !ofStatement.contains(category)
    }
}
