/// What a PostgreSQL server says went wrong, as five characters (PostgreSQL, appendix A).
public struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Five digits and capital letters; the first two are the class.
    public let code: String

    public init(_ code: String) {
        self.code = code
    }

    public init(stringLiteral code: String) {
        self.code = code
    }

    /// As in `23` for integrity constraint violations.
    public var category: String { String(code.prefix(2)) }
}

extension SQLState: CustomStringConvertible {
    public var description: String { code }
}

extension SQLState {
    public static let uniqueViolation: SQLState = "23505"
    public static let invalidPassword: SQLState = "28P01"
    public static let undefinedDatabase: SQLState = "3D000"
    public static let undefinedTable: SQLState = "42P01"
    public static let diskFull: SQLState = "53100"
    public static let lockNotAvailable: SQLState = "55P03"
    public static let queryCanceled: SQLState = "57014"
    public static let adminShutdown: SQLState = "57P01"
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
