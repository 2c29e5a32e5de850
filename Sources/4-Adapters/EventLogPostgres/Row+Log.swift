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

    /// First position, last position, header, signature, body.
    func commit() throws -> Commit {
        try Commit(
            stored: value(2), signature: value(3), body: value(4), at: (number(0), number(1)))
    }

    /// Position, commit hash, history, state, signature.
    func snapshot() throws -> Snapshot {
        Snapshot(
            position: Position(try number(0)), commitHash: try hash(1), history: try value(2),
            state: try value(3), signature: try value(4))
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

extension PostgresUUID {
    init(_ saga: CommandID) {
        self.init(high: saga.high, low: saga.low)
    }
}

extension Int64 {
    /// Positions and epochs beyond what a column holds are after every row there is.
    init(column number: UInt64) {
        self.init(clamping: number)
    }
}
