import CLibpq

// libpq's results are read-only once made ("can be passed around freely between threads"), and this
// one owner frees it: hence @unchecked.
/// What a statement answered: rows in memory, in the server's order.
public final class Rows: @unchecked Sendable {
    private let result: OpaquePointer
    /// The rows; 0 for statements that give none.
    public let count: Int

    init(owning result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
    }

    deinit {
        PQclear(result)
    }

    /// How many rows an INSERT, UPDATE or DELETE has touched; 0 for other statements.
    public var affectedCount: Int {
        Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// The columns, also where there are no rows.
    public var columnCount: Int { Int(PQnfields(result)) }

    /// The row at `index`, which must be one of `0..<count`.
    public subscript(index: Int) -> Row {
        precondition((0..<count).contains(index), "a result has only the rows it counts")
        return Row(rows: self, index: index)
    }

    /// `nil` where there are no rows.
    public var first: Row? { count > 0 ? self[0] : nil }

    fileprivate func value<Value: PostgresValue>(
        _ column: Int, row: Int, as type: Value.Type
    ) throws(PostgresError) -> Value? {
        guard (0..<columnCount).contains(column) else {
            throw PostgresError(.malformedValue, "The result has no column \(column).")
        }
        let (row, column) = (Int32(row), Int32(column))
        let oid = PQftype(result, column)
        guard PQfformat(result, column) == 1, Value.canDecode(PostgresType(oid: oid)) else {
            throw PostgresError(
                .malformedValue, "Column \(column) has type \(oid), which is no \(Value.self).")
        }
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        guard let value = Value.decode(bytes) else {
            throw PostgresError(.malformedValue, "Column \(column) holds no \(Value.self).")
        }
        return value
    }
}

/// One row; keeps the whole result in memory as long as it lives.
public struct Row: Sendable {
    fileprivate let rows: Rows
    fileprivate let index: Int

    /// The value in `column`, counted from 0; `nil` for `NULL`.
    ///
    /// - Throws: ``PostgresError`` `.malformedValue` — no such column, or of another type.
    public func optional<Value: PostgresValue>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? {
        try rows.value(column, row: index, as: type)
    }

    /// The value in `column`, counted from 0.
    ///
    /// - Throws: ``PostgresError`` `.malformedValue` — also for `NULL`.
    public func value<Value: PostgresValue>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard let value = try optional(column, as: type) else {
            throw PostgresError(.malformedValue, "Column \(column) is NULL.")
        }
        return value
    }
}
