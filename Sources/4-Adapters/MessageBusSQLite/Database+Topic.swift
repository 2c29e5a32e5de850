import Foundation
import GRDB
import MessageBus
import Saga

// GRDB has its own Record.
import struct MessageBus.Record

/// What is asked of a topic file, inside a transaction that the caller has begun.
extension Database {
    /// The result of `work` on one state of the file, whose offsets it receives.
    func snapshot<Answer>(_ work: (Range<Int64>) throws -> Answer) throws -> Answer {
        var answer: Answer?
        try inTransaction(.deferred) {
            answer = try work(offsets())
            return .commit
        }
        guard let answer else { preconditionFailure("a transaction that did not throw has run") }
        return answer
    }

    /// As many as may be read at once.
    ///
    /// One that is longer than a broker takes was written by another program. It is empty in its
    /// place, so that readers get past it without the memory that it takes: the length of a blob is
    /// known without reading it.
    func records(from offset: Int64, recordsMax: Int) throws -> [DeliveredRecord] {
        let isShort = "length(key) + length(headers) + length(value) <= \(Record.storedBytesMax)"
        let statement = try cachedStatement(
            sql: """
                SELECT
                    offset,
                    CASE WHEN \(isShort) THEN key END,
                    CASE WHEN \(isShort) THEN headers END,
                    CASE WHEN \(isShort) THEN value END
                FROM record WHERE offset >= ? ORDER BY offset LIMIT ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: [offset, recordsMax])
        var records: [DeliveredRecord] = []
        var bytes = 0
        while let row = try rows.next() {
            // One that is damaged must not keep a reader from those behind it. Headers are for
            // people and tools: a node trusts only the value, by what it proves.
            let headers = Record.headers(decoding: try row.bytes(at: 2)) ?? []
            let record = Record(
                key: try row.bytes(at: 1), headers: headers, value: try row.bytes(at: 3))
            bytes += record.byteCount
            guard records.isEmpty || bytes <= BusReading.bytesMax else { break }
            records.append(DeliveredRecord(offset: row[0], record: record))
        }
        return records
    }

    /// - Returns: The offset of the last one; `nil` if there was none.
    func append(_ records: [Record], at moment: Timestamp) throws -> Int64? {
        // SQLite takes a blob of no bytes for NULL when it is bound.
        let insertion = try cachedStatement(
            sql: """
                INSERT INTO record (offset, published_at, key, headers, value)
                VALUES (?, ?, ifnull(?, x''), ifnull(?, x''), ifnull(?, x''))
                """)
        var offset = try nextOffset()
        for record in records {
            try insertion.execute(arguments: [
                offset, moment.milliseconds, Data(record.key), record.encodedHeaders,
                Data(record.value),
            ])
            offset += 1
        }
        try cachedStatement(sql: "UPDATE topic SET next_offset = ?").execute(arguments: [offset])
        return records.isEmpty ? nil : offset - 1
    }

    /// Removes the oldest records up to the first that is not older than `moment`, at most
    /// `recordsMax`. The file keeps its size; new records fill the room.
    ///
    /// - Returns: Whether no such record is left.
    func removeRecords(publishedBefore moment: Timestamp, atMost recordsMax: Int) throws -> Bool {
        let offsets = try offsets()
        let end = min(offsets.lowerBound + Int64(recordsMax), offsets.upperBound)
        let firstKept = try Int64.fetchOne(
            cachedStatement(
                sql: """
                    SELECT offset FROM record WHERE offset < ? AND published_at >= ?
                    ORDER BY offset LIMIT 1
                    """),
            arguments: [end, moment.milliseconds])
        try cachedStatement(sql: "DELETE FROM record WHERE offset < ?")
            .execute(arguments: [firstKept ?? end])
        return firstKept != nil || end == offsets.upperBound
    }

    private func offsets() throws -> Range<Int64> {
        let end = try nextOffset()
        let first = try Int64?.fetchOne(cachedStatement(sql: "SELECT min(offset) FROM record"))
        return (first.flatMap { $0 } ?? end)..<end
    }

    private func nextOffset() throws -> Int64 {
        let next = try Int64.fetchOne(cachedStatement(sql: "SELECT next_offset FROM topic"))
        guard let next else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
        return next
    }
}

extension Row {
    fileprivate func bytes(at index: Int) throws -> [UInt8] {
        try withUnsafeData(atIndex: index) { $0.map { Array($0) } ?? [] }
    }
}

extension Configuration {
    /// For a connection to a topic file.
    static var topicFile: Configuration {
        var configuration = Configuration()
        configuration.label = "giro.bus"
        // Writers hold the topic's lock, so only a tool run by hand can keep the file busy.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return configuration
    }
}
