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
