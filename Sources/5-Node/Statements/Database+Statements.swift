import Chain
import Foundation
import GRDB
import Ledger
import Projection
import Saga

// The statements' tables.
extension Database {
    static let statementsApplicationID: UInt32 = 0x6769_7273
    private static let version = 7

    /// Makes the tables in an empty file; checks whose they are in any other.
    func prepareStatements(of node: NodeName) throws {
        if try Int.fetchOne(self, sql: "SELECT count(*) FROM sqlite_schema") == 0 {
            try execute(sql: String(decoding: PackageResources._01_statements_sql, as: UTF8.self))
            try execute(
                sql: "INSERT INTO progress VALUES (1, ?, 0, ?)",
                arguments: [node.text, Data(Hash.zero.bytes)])
        }
        guard
            try Int.fetchOne(self, sql: "PRAGMA application_id")
                == Int(Self.statementsApplicationID)
        else { throw ProjectionError.foreign("The SQLite database") }
        guard try Int.fetchOne(self, sql: "PRAGMA user_version") == Self.version,
            try String.fetchOne(self, sql: "SELECT node FROM progress") == node.text
        else { throw ProjectionError(.unusable, "The file holds no statements of this node.") }
    }

    func statementEnd() throws -> ProjectionEnd {
        let row = try Row.fetchOne(self, sql: "SELECT position, commit_hash FROM progress")
        guard let row, let hash = Hash(bytes: row["commit_hash"] as Data),
            let position = row.position
        else { throw ProjectionError.damaged }
        return ProjectionEnd(position: position, commitHash: hash)
    }

    func setStatementEnd(_ position: Position, _ hash: Hash) throws {
        try execute(
            sql: "UPDATE progress SET position = ?, commit_hash = ?",
            arguments: [Int64(position.number), Data(hash.bytes)])
    }

    func lines(
        of account: AccountID, after position: Position, linesMax: Int
    ) throws -> [StatementLine] {
        let rows = try Row.fetchAll(
            self,
            sql: "SELECT * FROM line WHERE account = ? AND position > ? "
                + "ORDER BY position LIMIT ?",
            arguments: [account.text, Int64(clamping: position.number), linesMax])
        return try rows.map { row in
            guard let id = CommandID(bytes: row["id"] as Data),
                let kind = StatementLine.Kind(rawValue: row["kind"]), let position = row.position
            else { throw ProjectionError.damaged }
            return StatementLine(
                position: position,
                time: Timestamp(milliseconds: row["time"]), id: id, kind: kind,
                counterparty: (row["counterparty"] as String?).flatMap { AccountID($0) },
                principal: (row["principal"] as String?).flatMap { Principal($0) },
                availableChange: row["available_change"], heldChange: row["held_change"],
                available: row["available"], held: row["held"])
        }
    }

    func append(_ line: StatementLine, to account: AccountID) throws {
        try cachedStatement(sql: "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                account.text, Int64(line.position.number), line.time.milliseconds,
                Data(line.id.bytes), line.kind.rawValue, line.counterparty?.text,
                line.principal?.text, line.availableChange, line.heldChange, line.available,
                line.held,
            ])
    }

    /// What an account's newest line says; zero before the first.
    func balances(of account: AccountID) throws -> (available: Int64, held: Int64) {
        let row = try Row.fetchOne(
            cachedStatement(
                sql: "SELECT available, held FROM line WHERE account = ? "
                    + "ORDER BY position DESC LIMIT 1"),
            arguments: [account.text])
        guard let row else { return (0, 0) }
        return (row["available"], row["held"])
    }

    func addAccount(_ account: AccountID) throws {
        try execute(sql: "INSERT INTO account VALUES (?)", arguments: [account.text])
    }

    func openStep(_ step: StepID) throws -> OpenStep? {
        let row = try Row.fetchOne(
            cachedStatement(
                sql: "SELECT * FROM open_step WHERE saga = ? AND content = ? AND step = ?"),
            arguments: Self.key(of: step))
        guard let row else { return nil }
        guard let state = StepState(rawValue: row["state"]) else { throw ProjectionError.damaged }
        return OpenStep(
            state: state, since: Timestamp(milliseconds: row["since"]),
            payer: (row["payer"] as String?).flatMap { AccountID($0) },
            payee: (row["payee"] as String?).flatMap { AccountID($0) },
            peer: (row["peer"] as String?).flatMap { NodeName($0) },
            deadline: (row["deadline"] as Int64?).map { Timestamp(milliseconds: $0) },
            amount: Self.amount(row["amount"], row["currency"]))
    }

    private static func amount(_ minorUnits: Int64?, _ currency: String?) -> Amount? {
        guard let minorUnits, let currency = currency.flatMap({ Currency($0) }) else { return nil }
        return Amount(minorUnits: minorUnits, currency: currency)
    }

    func setOpenStep(_ step: StepID, _ open: OpenStep) throws {
        try cachedStatement(
            sql: "INSERT OR REPLACE INTO open_step VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(
            arguments: Self.key(of: step) + [
                open.state.rawValue, open.since.milliseconds, open.payer?.text, open.payee?.text,
                open.peer?.text, open.deadline?.milliseconds, open.amount?.minorUnits,
                open.amount?.currency.code,
            ])
    }

    func removeOpenStep(_ step: StepID) throws {
        try cachedStatement(
            sql: "DELETE FROM open_step WHERE saga = ? AND content = ? AND step = ?"
        ).execute(arguments: Self.key(of: step))
    }

    /// Two contents under one UUID are two sagas.
    private static func key(of step: StepID) -> StatementArguments {
        [Data(step.saga.command.bytes), Data(step.saga.contentHash.bytes), step.number]
    }

    func count(_ outcome: String, _ reason: String, _ count: Int64) throws {
        try execute(
            sql: "INSERT INTO tally VALUES (?, ?, ?) "
                + "ON CONFLICT DO UPDATE SET count = count + excluded.count",
            arguments: [outcome, reason, count])
    }

    func stepTally() throws -> StepTally {
        let outcomes = try Row.fetchAll(self, sql: "SELECT * FROM tally ORDER BY outcome, reason")
            .map {
                StepTally.Outcome(word: $0["outcome"], reason: $0["reason"], count: $0["count"])
            }
        let open = try Row.fetchAll(
            self,
            sql: "SELECT state, count(*) AS count, min(since) AS oldest FROM open_step "
                + "GROUP BY state ORDER BY state")
        return StepTally(
            position: try statementEnd().position, outcomes: outcomes,
            open: try open.map { row in
                guard let state = StepState(rawValue: row["state"]) else {
                    throw ProjectionError.damaged
                }
                return StepTally.Open(
                    state: state, count: row["count"],
                    oldest: Timestamp(milliseconds: row["oldest"]))
            }, holds: try holds())
    }

    /// Where there is one `min()`, SQLite takes the other columns from the row that has it.
    private func holds() throws -> [StepTally.Hold] {
        try Row.fetchAll(
            self,
            sql: "SELECT peer, count(*) AS count, min(since) AS oldest, deadline, amount, "
                + "currency FROM open_step WHERE peer IS NOT NULL GROUP BY peer ORDER BY peer"
        ).map { row in
            guard let peer = NodeName(row["peer"] as String) else { throw ProjectionError.damaged }
            return StepTally.Hold(
                peer: peer, count: row["count"], oldest: Timestamp(milliseconds: row["oldest"]),
                deadline: (row["deadline"] as Int64?).map { Timestamp(milliseconds: $0) },
                amount: Self.amount(row["amount"], row["currency"]))
        }
    }
}

/// A step that is not closed, and between whom its transfer is.
struct OpenStep {
    var state: StepState
    let since: Timestamp
    let payer: AccountID?
    let payee: AccountID?
    /// Whose word it waits for; `nil` where no other bank's.
    let peer: NodeName?
    let deadline: Timestamp?
    let amount: Amount?
}

extension Row {
    /// `nil` where the file is damaged: no position is negative.
    fileprivate var position: Position? {
        UInt64(exactly: self["position"] as Int64).map { Position($0) }
    }
}
