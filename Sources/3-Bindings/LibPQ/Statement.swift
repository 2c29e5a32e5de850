/// A statement that a connection prepares the first time it is used, and then only names.
public struct Statement: Hashable, Sendable {
    /// Names one text on a connection: two statements of one name must not differ.
    public let name: String
    /// One statement; parameters are `$1`, `$2` …
    public let sql: String

    /// Takes the parts as they are: the server checks the statement when it is prepared.
    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// A statement's parameters, in order, in binary.
///
/// Encoded where they are made, on the caller's thread, into one block.
public struct Parameters: Sendable {
    private(set) var types: [UInt32] = []
    private(set) var bytes: [UInt8] = []
    /// `nil`: `NULL`.
    private(set) var ranges: [Range<Int>?] = []

    /// Each may be `nil`. At most 65,535, and each less than 1 GiB: the protocol's bounds.
    public init<each Value: PostgresValue>(_ values: repeat (each Value)?) {
        repeat append(each values)
    }

    /// Makes room, so that many bytes are not moved while they are appended.
    public mutating func reserve(byteCount: Int) {
        bytes.reserveCapacity(byteCount)
    }

    /// Adds the next parameter; `nil` is sent as `NULL` of the value's type.
    public mutating func append<Value: PostgresValue>(_ value: Value?) {
        types.append(Value.postgresType.oid)
        guard let value else {
            ranges.append(nil)
            return
        }
        let start = bytes.count
        value.encode(into: &bytes)
        ranges.append(start..<bytes.count)
    }

    var count: Int { types.count }
}

/// Text for SQL that cannot have parameters, as in `CREATE ROLE`.
public enum SQLText {
    /// A name in double quotes: whatever it holds, it is one name. No zero bytes.
    public static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A text in single quotes, whatever the setting of `standard_conforming_strings`.
    public static func literal(_ text: String) -> String {
        " E'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
    }
}
