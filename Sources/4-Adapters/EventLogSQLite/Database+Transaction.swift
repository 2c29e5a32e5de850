import EventLog
import GRDB

extension Database {
    /// Runs `body` in a transaction that holds the file's write lock from its start.
    ///
    /// - Throws: ``LogError``: `.outcomeUnknown` if COMMIT itself failed; any other code says that
    ///   nothing has changed.
    func writing<Value>(_ body: (Database) throws -> Value) throws(LogError) -> Value {
        let value: Value
        do {
            try beginTransaction(.immediate)
            value = try body(self)
        } catch {
            // SQLite may have rolled back by itself; what is left to undo is undone here.
            try? rollback()
            throw LogError(error)
        }
        do {
            try commit()
        } catch {
            try? rollback()
            throw LogError(
                .outcomeUnknown,
                "The log's COMMIT failed: reopen the log and see what it holds.", cause: error)
        }
        return value
    }
}
