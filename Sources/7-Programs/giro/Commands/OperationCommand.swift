import APIModels
import ArgumentParser
import Ledger
import NodeClient
import Saga

/// A command that sends one of a bank's operations; its name and usage follow from the operation's
/// row, and its arguments are the row's fields.
protocol OperationCommand: AsyncParsableCommand {
    static var kind: OperationKind { get }
    static var abstract: String { get }
    static var discussion: String { get }
    var options: OperationOptions { get }
    /// The bank that it is sent to.
    var node: NodeName { get }

    /// - Throws: `ValidationError`.
    func operation() throws -> LedgerOperation
}

/// One on an account, whose bank it is sent to.
protocol AccountOperationCommand: OperationCommand {
    var account: AccountID { get }
}

extension AccountOperationCommand {
    var node: NodeName { account.node }
}

extension OperationCommand {
    static var discussion: String { "" }

    static var configuration: CommandConfiguration {
        let row = kind.row
        return CommandConfiguration(
            commandName: row.command.split(separator: " ").last.map(String.init),
            abstract: abstract, usage: row.usage, discussion: discussion)
    }

    /// Sends the order and shows the verdict; a refusal is exit code 1.
    func run() async throws {
        try await exitingOnFailure {
            let (operation, id) = (try operation(), options.id ?? .random())
            let answer = try await options.send(id, to: node) {
                try await $0.perform(operation, id: id)
            }
            try options.show(answer, of: id) { answer.text }
            guard answer.isGood else { throw ExitCode(1) }
        }
    }
}

extension OperationRow {
    /// The usage line of a command that takes money, behind its other arguments; `nil` for any
    /// other, whose arguments say it all.
    fileprivate var usage: String? {
        guard fields.contains(.amount) || fields.contains(.limit) else { return nil }
        let arguments = fields.compactMap { field in
            switch field {
            case .account: " <account>"
            case .peer: " <node> <peer>"
            case .transit: " <transit>"
            case .direction: " <direction>"
            case .amount, .limit, .currency: nil
            }
        }
        return MoneyArguments.usage(command + arguments.joined())
    }
}
