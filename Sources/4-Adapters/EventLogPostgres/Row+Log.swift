import Chain
import EventLog
import LibPQ
import Saga

/// Rows of tables that may have been tampered with: decoding throws, and never traps.
extension Row {
    /// Position, commit hash, epoch.
    func head() throws -> Head {
        Head(
            position: Position(try number(0)), commitHash: try hash(1),
            epoch: Epoch(try number(2)))
    }

    /// Position, saga, payload.
    ///
    /// - Parameter column: That of the position.
    func entry(from column: Int = 0) throws -> Entry {
        var saga: SagaID?
        if let identifier = try optional(column + 1, as: PostgresUUID.self) {
            guard identifier != PostgresUUID(high: 0, low: 0) else {
                throw LogError(.corrupt, "An entry's saga is the UUID of zeros: restore the log.")
            }
            saga = SagaID(high: identifier.high, low: identifier.low)
        }
        return Entry(
            position: Position(try number(column)), saga: saga, payload: try value(column + 2))
    }

    /// First position, last position.
    func range() throws -> ClosedRange<UInt64> {
        let (first, last) = (try number(0), try number(1))
        guard first >= 1, last >= first, last - first < UInt64(EntryLimits.commitEntriesMax) else {
            throw LogError(.corrupt, "The log has a commit of entries \(first) to \(last).")
        }
        return first...last
    }

    /// Position, commit hash, state, signature.
    func snapshot() throws -> Snapshot {
        Snapshot(
            position: Position(try number(0)), commitHash: try hash(1), state: try value(2),
            signature: try value(3))
    }

    func number(_ column: Int) throws -> UInt64 {
        guard let number = UInt64(exactly: try value(column, as: Int64.self)) else {
            throw LogError(.corrupt, "The log has a position or epoch below zero.")
        }
        return number
    }

    func hash(_ column: Int) throws -> Hash {
        let bytes = try value(column, as: [UInt8].self)
        guard let hash = Hash(bytes: bytes) else {
            throw LogError(.corrupt, "The log has a hash of \(bytes.count) bytes.")
        }
        return hash
    }
}

extension Commit {
    /// Rows of first position, last position, header, signature and an entry; header and signature
    /// in the first entry's row. At least one row.
    init(_ rows: Rows) throws {
        let first = rows[0]
        let range = try first.range()
        guard let header = try first.optional(2, as: [UInt8].self),
            let signature = try first.optional(3, as: [UInt8].self)
        else {
            throw LogError(
                .corrupt,
                "The log lacks entry \(range.lowerBound): restore it from the journal or a backup.")
        }
        // Where a later one is missing, the commit that lacks it will say so.
        try self.init(
            stored: header, signature: signature,
            entries: (0..<rows.count).map { try rows[$0].entry(from: 4) })
    }
}

extension PostgresUUID {
    init(_ saga: SagaID) {
        self.init(high: saga.high, low: saga.low)
    }
}

extension Int64 {
    /// Positions and epochs beyond what a column holds are after every row there is.
    init(column number: UInt64) {
        self.init(clamping: number)
    }
}
