import APIModels
import ArgumentParser
import Deployment
import Foundation
import Ledger
import NodeClient
import Saga

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Open, freeze, unfreeze, close and show accounts.",
        subcommands: [Open.self, Freeze.self, Unfreeze.self, Close.self, Show.self])

    struct Open: AccountOperationCommand {
        static let kind = OperationKind.open
        static let abstract = "Open an account."
        @OptionGroup var options: OperationOptions
        @Argument(help: .account("The account")) var account: AccountID
        @Argument(help: "ISO 4217, three letters.") var currency: Currency

        func operation() -> LedgerOperation { .open(account, currency) }
    }

    struct Freeze: AccountOperationCommand {
        static let kind = OperationKind.freeze
        static let abstract = "Let nothing new be posted against an account."
        @OptionGroup var options: OperationOptions
        @Argument(help: .account("The account")) var account: AccountID

        func operation() -> LedgerOperation { .freeze(account) }
    }

    struct Unfreeze: AccountOperationCommand {
        static let kind = OperationKind.unfreeze
        static let abstract = "End a freeze."
        @OptionGroup var options: OperationOptions
        @Argument(help: .account("The account")) var account: AccountID

        func operation() -> LedgerOperation { .unfreeze(account) }
    }

    struct Close: AccountOperationCommand {
        static let kind = OperationKind.close
        static let abstract = "Close an account for good; it must be empty."
        @OptionGroup var options: OperationOptions
        @Argument(help: .account("The account")) var account: AccountID

        func operation() -> LedgerOperation { .close(account) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an account's balances.")
        @OptionGroup var place: DirectoryOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: .account("The account")) var account: AccountID

        func run() async throws {
            try await exitingOnFailure {
                let found = try await place.withBank(account.node) {
                    try await $0.account(account)
                }
                guard let report = found else {
                    throw Failure(.refused, "There is no account \(account).")
                }
                try output.show(report) {
                    var table = Table("account", "status", "available", "held")
                    table.add(
                        report.account.text, report.status.rawValue,
                        report.currency.text(report.available), report.currency.text(report.held))
                    return table.text
                }
            }
        }
    }
}

struct PeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer",
        abstract: """
            Add a peer, set what it may do, record that the banks have settled, let it count again.
            """,
        subcommands: [
            Add.self, Show.self, Limit.self, OwedLimit.self, Transit.self, Stop.self,
            Resume.self, Settle.self, Accept.self,
        ])

    struct Limit: OperationCommand {
        static let kind = OperationKind.limitExposure
        static let abstract = "Set how much a peer may owe a bank; nothing comes from it before."
        static let discussion = "0.00 stops what comes from the peer."
        @OptionGroup var options: OperationOptions
        @Argument(help: "The bank.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @OptionGroup var money: MoneyArguments

        func operation() throws -> LedgerOperation {
            let (limit, currency) = try money.money()
            return .limitExposure(of: peer, minorUnits: limit, currency)
        }
    }

    struct OwedLimit: OperationCommand {
        static let kind = OperationKind.limitOwed
        static let abstract = "Set how much a bank may owe a peer; there is no limit before."
        static let discussion = """
            Open transfers to the peer are included. 0.00 stops what goes to the peer. \
            `--minor 9223372036854775807 EUR` in the place of the amount lifts the limit.
            """
        @OptionGroup var options: OperationOptions
        @Argument(help: "The bank.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @OptionGroup var money: MoneyArguments

        func operation() throws -> LedgerOperation {
            let (limit, currency) = try money.money()
            return .limitOwed(to: peer, minorUnits: limit, currency)
        }
    }

    struct Transit: OperationCommand {
        static let kind = OperationKind.setTransit
        static let abstract = "Set whether a peer may pass money through a bank."
        static let discussion = """
            Where it is blocked, the bank forwards nothing new that comes from the peer. What is \
            held already is settled or released, and payments to the bank's own accounts are \
            accepted.
            """
        @OptionGroup var options: OperationOptions
        @Argument(help: "The bank.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @Argument(help: "allowed or blocked.") var transit: LedgerOperation.Transit

        func operation() -> LedgerOperation { .setTransit(from: peer, transit) }
    }

    struct Settle: OperationCommand {
        static let kind = OperationKind.settlePeer
        static let abstract = "Record that the banks have paid each other what was open."
        static let discussion = """
            Each bank records its own side: one has received what the other has paid. Until both \
            have, giro books names the settlement as in progress.
            """
        @OptionGroup var options: OperationOptions
        @Argument(help: "The bank.") var node: NodeName
        @Argument(help: "The peer.") var peer: NodeName
        @Argument(help: "received or paid.") var direction: LedgerOperation.Direction
        @OptionGroup var money: MoneyArguments

        func operation() throws -> LedgerOperation {
            .settlePeer(peer, try money.positive(), direction)
        }
    }
}

struct DepositCommand: AccountOperationCommand {
    static let kind = OperationKind.deposit
    static let abstract = "Pay money from outside into an account."
    @OptionGroup var options: OperationOptions
    @Argument(help: .account("The account")) var account: AccountID
    @OptionGroup var money: MoneyArguments

    func operation() throws -> LedgerOperation {
        .deposit(try money.positive(), to: account)
    }
}

struct WithdrawCommand: AccountOperationCommand {
    static let kind = OperationKind.withdraw
    static let abstract = "Pay money of an account out."
    @OptionGroup var options: OperationOptions
    @Argument(help: .account("The account")) var account: AccountID
    @OptionGroup var money: MoneyArguments

    func operation() throws -> LedgerOperation {
        .withdraw(try money.positive(), from: account)
    }
}
