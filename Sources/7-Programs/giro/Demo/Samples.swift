import Deployment
import Foundation
import Ledger
import NodeClient
import Saga

/// The sample files: accounts to open, transfers to send, and what should become of them.
struct Samples {
    struct SampleAccount {
        let id: AccountID
        let currency: Currency
        let balance: Int64
        let status: String
    }

    let accounts: [SampleAccount]
    let file: TransfersFile
    /// By line number, the heading not counted: the outcome and its reason.
    let expected: [Int: (outcome: String, reason: String)]

    /// The banks that keep the accounts.
    var banks: [NodeName] { Set(accounts.map(\.id.node)).sorted() }

    init(in folder: String) throws {
        accounts = try Self.rows(of: "\(folder)/accounts.csv").map { row in
            guard row.count == 4, let id = AccountID(row[0]), let currency = Currency(row[1]),
                let balance = Int64(row[2])
            else { throw Failure(.unavailable, "\(folder)/accounts.csv has a broken line: \(row)") }
            return SampleAccount(id: id, currency: currency, balance: balance, status: row[3])
        }
        file = try TransfersFile("\(folder)/transfers.csv")
        expected = Dictionary(
            uniqueKeysWithValues: try Self.rows(of: "\(folder)/outcomes.csv").compactMap { row in
                guard row.count == 4, let number = Int(row[0]) else { return nil }
                return (number, (row[2], row[3]))
            })
    }

    private static func rows(of path: String) throws -> [[String]] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(
                .unavailable,
                "\(path) cannot be read. Run the demo from the project's folder, or name the "
                    + "samples with --samples.")
        }
        return text.split(separator: "\n").dropFirst().compactMap {
            try? CSVLine.fields(of: String($0))
        }
    }

    /// Lines whose outcome, or the reason for it, is not what the model expects.
    func surprises(in results: LineResults) -> [String] {
        results.compactMap { result in
            guard let expected = expected[result.number - 1] else {
                return "line \(result.number): the model says nothing of it"
            }
            let isRight =
                result.modelOutcome == expected.outcome
                && (expected.reason.isEmpty || result.reason == expected.reason)
            return isRight
                ? nil
                : "line \(result.number) \(result.id): \(result.modelOutcome) "
                    + "\(result.reason), expected \(expected.outcome) \(expected.reason)"
        }
    }
}

extension LineResult {
    /// The model's word: to it, what was sent before is a duplicate, whatever became of it.
    var modelOutcome: String { verdict == .duplicate ? "duplicate" : outcome.rawValue }
}

extension Samples {
    /// What each bank may owe each other one: far above all that the file moves.
    private static let exposureLimit: Int64 = 1 << 60

    /// Opens the accounts, pays their balances in, and sets their statuses, before the file starts.
    func openAccounts(at clients: [NodeName: NodeClient]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (bank, client) in clients {
                group.addTask { try await open(at: bank, client) }
            }
            try await group.waitForAll()
        }
    }

    private func open(at bank: NodeName, _ client: NodeClient) async throws {
        for currency in Set(accounts.map(\.currency)).sorted() {
            for peer in banks where peer != bank {
                try await client.apply(
                    .limitExposure(of: peer, minorUnits: Self.exposureLimit, currency))
            }
        }
        for account in accounts where account.id.node == bank {
            for operation in account.operations { try await client.apply(operation) }
        }
    }
}

extension Samples.SampleAccount {
    fileprivate var operations: [LedgerOperation] {
        var operations: [LedgerOperation] = [.open(id, currency)]
        if let amount = Amount(minorUnits: balance, currency: currency) {
            operations.append(.deposit(amount, to: id))
        }
        switch status {
        case "frozen": operations.append(.freeze(id))
        case "closed": operations.append(.close(id))
        default: break
        }
        return operations
    }
}

extension NodeClient {
    /// Sends an operation that has to be applied.
    fileprivate func apply(_ operation: LedgerOperation) async throws {
        let answer = try await perform(operation, id: .random())
        guard answer.isGood else { throw Failure(.refused, "\(operation): \(answer.text)") }
    }
}
