import Engine
import Ledger
import Saga
import Stock

/// Everybody who sends commands: customers and operators. They remember what they were told.
struct Clients {
    struct Bank {
        let name: NodeName
        let peers: Set<NodeName>
    }

    static let items = ["lamp", "chair"]
    static let currencies = ["EUR", "USD"].compactMap(Currency.init)

    /// What each node lets each peer owe: enough for some transfers at a time.
    static func exposureLimit(in currency: Currency) -> Int64 {
        currency == currencies[0] ? 12_000 : 3_000
    }

    let banks: [Bank]
    private(set) var commands: [Command] = []
    private var waiting = 0
    var dice: Dice
    /// Still to be made.
    var transfersLeft = 0
    var isDoneMaking = false

    init(banks: [Bank], seed: UInt64) {
        self.banks = banks
        dice = Dice(seed: seed ^ 0xC11E)
    }

    /// Nobody wants anything any more.
    var areDone: Bool { isDoneMaking && waiting == 0 }

    /// - Returns: Its index, which is its ticket's number less one.
    mutating func add(_ command: Command) -> Int {
        commands.append(command)
        waiting += 1
        return commands.count - 1
    }

    /// - Returns: The command the ticket belongs to, as it was before it was answered.
    mutating func answer(_ ticket: Ticket) -> Command? {
        guard ticket.number > 0, ticket.number <= UInt64(commands.count) else { return nil }
        let index = Int(ticket.number) - 1
        let command = commands[index]
        if !command.isAnswered {
            commands[index].isAnswered = true
            if command.repeats == 0 { waiting -= 1 }
        } else if command.repeats > 0 {
            commands[index].repeats -= 1
            if command.repeats == 1 { waiting -= 1 }
        }
        return command
    }

    static func account(_ number: Int, at bank: NodeName) -> AccountID {
        guard let account = AccountID("acct-0000000\(number)@\(bank)") else {
            preconditionFailure("one digit makes eight")
        }
        return account
    }

    /// Accounts 0 to 2 are in euros, 3 in dollars.
    static func currency(ofAccount number: Int) -> Currency { currencies[number / 3] }

    static func amount(_ minorUnits: Int64, in currency: Currency) -> Amount {
        guard let amount = Amount(minorUnits: minorUnits, currency: currency) else {
            preconditionFailure("clients move at least one minor unit")
        }
        return amount
    }
}
